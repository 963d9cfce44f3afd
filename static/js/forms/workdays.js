// By when what follows later is due (容缺): as kiosk/workdays.py and kiosk/cases/deferral.py. The days that
// are free or worked by decree come from the server, so that they stand in one place. Days are ISO texts.

const DAY = 86_400_000;
const MOST_WORKING_DAYS = 20;
const WORKING_DAYS_LEFT = 2;

/** Return the rules of the calendar: {isWorkingDay, add, back, after}. */
export function calendar({ holidays, worked, fixed }) {
  function isWorkingDay(day) {
    if (worked.includes(day)) return true;
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    const isWeekend = weekday === 0 || weekday === 6;
    const ofYear = holidays[day.slice(0, 4)];
    return !isWeekend && !(ofYear ? ofYear.includes(day) : fixed.includes(day.slice(5)));
  }

  function step(from, days, way) {
    let day = from;
    for (let left = days; left > 0; left -= isWorkingDay(day) ? 1 : 0) day = shifted(day, way);
    return day;
  }

  const add = (start, days) => step(start, days, 1);
  const back = (end, days) => step(end, days, -1);
  const after = (start, { value, unit }) => (unit === "working_days" ? add(start, value) : shifted(start, value));
  return { isWorkingDay, add, back, after };
}

/** Return the last day for what follows later, or null where the item defers nothing. */
export function dueOn(item, handedIn, days) {
  if (!item.deferral) return null;
  const promised = days.after(handedIn, item.promised);
  const bounds = [days.after(handedIn, item.deferral), days.add(handedIn, MOST_WORKING_DAYS), days.back(promised, WORKING_DAYS_LEFT)];
  const [last] = bounds.sort();
  const least = days.add(handedIn, 1);
  return last > least ? last : least;
}

function shifted(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
