// One answer, cleaned by its answer type or refused: as forms/fields. Each type takes the field and
// what was entered and returns the value to keep; `refuse` leaves with a code and both messages, in
// the words of the server. Must not know items, rules or pages.

const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const ID_CHECK = "10X98765432";
const USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const NAME = /^[\p{L}\p{Nl}\p{No}]+(?:[·.'’ -][\p{L}\p{Nl}\p{No}]+)*$/u;
const MOBILE = /^1[3-9][0-9]{9}$/;
const LANDLINE = /^0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}$/;
const GAP = "[ \\t\\n\\r\\f\\v]*";
const WRITTEN = new RegExp(`^([0-9]{4})${GAP}[-./年]${GAP}([0-9]{1,2})${GAP}[-./月]${GAP}([0-9]{1,2})${GAP}日?$`);
const RUN_TOGETHER = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;
const DECIMAL = /^[0-9]{1,13}(?:\.[0-9]+)?$/;
const UNITS = /(元|圆|块|平方米|平米|亩|米|m2|㎡|m)$/;
const YES = ["yes", "true", "1", "on", "是"];
const NO = ["no", "false", "0", "off", "否"];
const MATERIAL = /^[0-9A-Za-z][0-9A-Za-z-]{7,63}$/;

class Refused extends Error {
  constructor(code, zh, en) {
    super(code);
    this.code = code;
    this.message_ = { zh, en };
  }
}

function refuse(code, zh, en) {
  throw new Refused(code, zh, en);
}

/** Return {value}, or {code, message: {zh, en}} for what cannot be taken; {value: null} for nothing. */
export function clean(field, value) {
  if (isEmpty(value)) return { value: null };
  try {
    return { value: TYPES[field.answer](field, value) };
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return { code: refused.code, message: refused.message_ };
  }
}

/** Say whether nothing was given: blank texts, empty lists, parts that are all empty. */
export function isEmpty(value) {
  if (value === null || value === undefined) return true;
  if (typeof value === "string") return value.trim() === "";
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

function plain(value) {
  if (typeof value !== "string") refuse("wrong_type", "这里应填写文字", "Enter text here");
  return value.normalize("NFKC").trim();
}

function compact(value) {
  return plain(value).replace(/[\s\-‐‑–—_]/g, "");
}

function size(text) {
  return [...text].length;
}

function bound(field, name, otherwise) {
  const value = field.params[name];
  return typeof value === "number" || typeof value === "string" ? Number.parseInt(value, 10) : otherwise;
}

function isDay(text) {
  const [year, month, day] = text.split("-").map(Number);
  const found = new Date(0);
  found.setUTCFullYear(year, month - 1, day);
  return year > 0 && found.getUTCMonth() === month - 1 && found.getUTCDate() === day;
}

function residentId(field, value) {
  const number = compact(value).toUpperCase();
  if (size(number) !== 18) refuse("id_length", "公民身份号码应为18位，请核对", "An ID number has 18 characters");
  if (!/^[0-9]{17}[0-9X]$/.test(number)) {
    refuse("id_characters", "公民身份号码前17位是数字，最后一位是数字或X", "An ID number is 17 digits and then a digit or X");
  }
  const born = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isDay(born) || Number(number.slice(6, 10)) < 1850) {
    refuse("id_date", "公民身份号码第7至14位应是出生日期，请核对", "Characters 7 to 14 of the ID number must be a date of birth");
  }
  const total = ID_WEIGHTS.reduce((sum, weight, place) => sum + weight * Number(number[place]), 0);
  if (ID_CHECK[total % 11] !== number[17]) {
    refuse("id_check_digit", "公民身份号码有一位不对，请逐位核对", "One character of the ID number is wrong; compare it with the card");
  }
  return number;
}

function uscc(field, value) {
  const code = compact(value).toUpperCase();
  if (size(code) !== 18) refuse("uscc_length", "统一社会信用代码应为18位", "The credit code has 18 characters");
  if ([...code].some((sign) => !USCC_ALPHABET.includes(sign))) {
    refuse("uscc_characters", "统一社会信用代码不含字母I、O、S、V、Z", "The credit code has no letters I, O, S, V or Z");
  }
  let [total, weight] = [0, 1];
  for (const sign of code.slice(0, 17)) {
    total += USCC_ALPHABET.indexOf(sign) * weight;
    weight = (weight * 3) % 31;
  }
  if (USCC_ALPHABET[(31 - (total % 31)) % 31] !== code[17]) {
    refuse("uscc_check_digit", "统一社会信用代码有一位不对，请核对", "One character of the credit code is wrong; please check it");
  }
  return code;
}

function bankCard(field, value) {
  const number = compact(value);
  if (!/^[0-9]{12,19}$/.test(number)) refuse("card_length", "银行卡号应为12至19位数字", "A bank card number has 12 to 19 digits");
  const total = [...number].reverse().reduce((sum, digit, place) => {
    const worth = Number(digit) * (place % 2 ? 2 : 1);
    return sum + (worth > 9 ? worth - 9 : worth);
  }, 0);
  if (total % 10) refuse("card_check_digit", "银行卡号有一位不对，请对照卡面核对", "One digit of the card number is wrong; compare it with the card");
  return number;
}

function digits(value) {
  const number = compact(value).replace(/[()]/g, "");
  return ["+86", "0086"].reduce((rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest), number);
}

function mobile(field, value) {
  const number = digits(value);
  if (!MOBILE.test(number)) refuse("mobile_format", "手机号应为1开头的11位数字", "A mobile number is 11 digits, first 1");
  return number;
}

function landline(field, value) {
  const number = digits(value);
  if (!LANDLINE.test(number)) {
    refuse("landline_format", "固定电话请带区号，例如 0512-58000000", "Give the landline with its area code, for example 0512-58000000");
  }
  return number;
}

function phone(field, value) {
  const number = digits(value);
  if (!MOBILE.test(number) && !LANDLINE.test(number)) {
    refuse("phone_format", "请填写11位手机号，或带区号的固定电话", "Enter an 11-digit mobile number, or a landline with its area code");
  }
  return number;
}

function postalCode(field, value) {
  const code = compact(value);
  if (!/^[0-9]{6}$/.test(code)) refuse("postal_code_format", "邮政编码应为6位数字", "A postal code has 6 digits");
  return code;
}

function oneDate(field, value) {
  const text = plain(value);
  const found = WRITTEN.exec(text) ?? RUN_TOGETHER.exec(text);
  if (!found) refuse("date_format", "日期请写成 2026-01-31 这样", "Write the date like 2026-01-31");
  const day = `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
  if (!isDay(day)) refuse("date_impossible", "没有这一天，请核对日期", "There is no such day; check the date");
  const [earliest, latest] = [String(field.params.min ?? "1850-01-01"), String(field.params.max ?? "2199-12-31")];
  if (day < earliest) refuse("date_too_early", `日期不能早于${earliest}`, `The date must not be before ${earliest}`);
  if (day > latest) refuse("date_too_late", `日期不能晚于${latest}`, `The date must not be after ${latest}`);
  return day;
}

function year(field, value) {
  const text = typeof value === "number" ? String(value) : plain(value).replace(/年$/, "");
  const [earliest, latest] = [bound(field, "min", 1850), bound(field, "max", 2199)];
  if (!/^[0-9]{4}$/.test(text)) refuse("year_format", "年份应为4位数字", "A year has 4 digits");
  if (Number(text) < earliest || Number(text) > latest) {
    refuse("year_out_of_range", `年份应在${earliest}至${latest}之间`, `The year must be from ${earliest} to ${latest}`);
  }
  return Number(text);
}

function period(field, value) {
  if (typeof value !== "object" || !("from" in value) || !("to" in value) || Object.keys(value).length !== 2) {
    refuse("wrong_type", "请填写开始和结束日期", "Enter a first and a last day");
  }
  const [from, to] = [oneDate(field, value.from), oneDate(field, value.to)];
  if (to < from) refuse("period_reversed", "结束日期不能早于开始日期", "The last day must not be before the first");
  return { from, to };
}

// Decimal texts are compared as whole numbers of their smallest part: no binary fraction comes in.
function scaled(text, places) {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(places, "0"));
}

function decimal(most) {
  return (field, value) => {
    if (typeof value === "boolean" || (typeof value === "number" && !Number.isInteger(value))) {
      refuse("not_exact", "金额和面积请按文字提交", "Send amounts and areas as decimal texts");
    }
    let text = typeof value === "number" ? String(value) : plain(value);
    text = text.replace(/^[¥$]+/, "").replace(/[, ]/g, "").replace(UNITS, "");
    if (text.startsWith("-")) refuse("negative", "不能小于零", "It must not be below zero");
    if (!DECIMAL.test(text)) refuse("number_format", "请只填数字，例如 1234.50", "Enter digits only, like 1234.50");
    const decimals = bound(field, "decimals", 2);
    const [whole, part = ""] = text.split(".");
    if (/[^0]/.test(part.slice(decimals))) {
      refuse("too_many_decimals", `最多保留${decimals}位小数`, `Give at most ${decimals} digits after the point`);
    }
    const kept = part.slice(0, decimals).padEnd(decimals, "0");
    const number = `${BigInt(whole)}${decimals ? `.${kept}` : ""}`;
    const [least, limit] = [String(field.params.min ?? "0"), String(field.params.max ?? most)];
    const places = Math.max(...[number, least, limit].map((each) => (each.split(".")[1] ?? "").length));
    if (scaled(number, places) < scaled(least, places)) refuse("too_small", `不能小于${least}`, `It must be at least ${least}`);
    if (scaled(number, places) > scaled(limit, places)) refuse("too_large", `不能大于${limit}`, `It must be at most ${limit}`);
    return number;
  };
}

function count(field, value) {
  if (typeof value === "boolean" || (typeof value === "number" && !Number.isInteger(value))) {
    refuse("wrong_type", "请填写整数", "Enter a whole number");
  }
  const text = typeof value === "number" ? String(value) : plain(value);
  if (!/^[0-9]{1,9}$/.test(text)) refuse("count_format", "请填写整数，例如 3", "Enter a whole number, like 3");
  const [number, least, limit] = [Number(text), bound(field, "min", 0), bound(field, "max", 999999999)];
  if (number < least) refuse("too_small", `不能小于${least}`, `It must be at least ${least}`);
  if (number > limit) refuse("too_large", `不能大于${limit}`, `It must be at most ${limit}`);
  return number;
}

function isListed(field, code) {
  return field.choices.some((choice) => choice.code === code);
}

function choice(field, value) {
  if (typeof value !== "string" || !isListed(field, value)) {
    refuse("unknown_choice", "请从列出的选项中选择", "Choose one of the options listed");
  }
  return value;
}

function choices(field, value) {
  const picked = typeof value === "string" ? [value] : value;
  if (!Array.isArray(picked) || picked.some((code) => typeof code !== "string" || !isListed(field, code))) {
    refuse("unknown_choice", "请从列出的选项中选择", "Choose among the options listed");
  }
  const [least, most] = [bound(field, "min", 1), bound(field, "max", field.choices.length)];
  const kept = field.choices.map((each) => each.code).filter((code) => picked.includes(code));
  if (kept.length < least || kept.length > most) {
    refuse("wrong_number_of_choices", `请选择${least}至${most}项`, `Choose from ${least} to ${most} options`);
  }
  return kept;
}

function yesNo(field, value) {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (!YES.includes(word) && !NO.includes(word)) refuse("wrong_type", "请选择“是”或“否”", "Answer yes or no");
  return YES.includes(word);
}

function text(field, value) {
  if (typeof value !== "string") refuse("wrong_type", "这里应填写文字", "Enter text here");
  let found = value.replace(/\r\n/g, "\n").replace(/\t/g, " ").normalize("NFC").trim();
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(found.replace(/\n/g, ""))) {
    refuse("invisible_characters", "含有看不见的字符，请重新输入", "Remove invisible characters");
  }
  if (bound(field, "lines", 1) === 1) found = found.split(/\s+/).filter(Boolean).join(" ");
  const [least, most] = [bound(field, "min", 1), bound(field, "max", 200)];
  if (size(found) < least) refuse("too_short", `请至少填写${least}个字`, `Write at least ${least} characters`);
  if (size(found) > most) refuse("too_long", `最多填写${most}个字`, `Write at most ${most} characters`);
  return found;
}

function name(field, value) {
  const found = plain(value).replace(/[•・‧∙●]/g, "·").split(/\s+/).filter(Boolean).join(" ");
  if (size(found) < 2 || size(found) > 50) refuse("name_length", "姓名应为2至50个字", "A name has 2 to 50 characters");
  if (!NAME.test(found)) {
    refuse("name_characters", "姓名只能有汉字、字母和间隔号", "A name has only letters, Chinese characters and dots between them");
  }
  return found;
}

function address(field, value) {
  if (typeof value !== "object" || Array.isArray(value) || Object.keys(value).some((key) => !["division", "detail"].includes(key))) {
    refuse("wrong_type", "请选择村（社区）并填写门牌", "Choose the village and give the house");
  }
  const division = value.division || null;
  const detail = plain(value.detail || "");
  let least = 2;
  if (division === null) {
    if (field.params.anywhere !== true) refuse("division_missing", "请选择所在的村（社区）", "Choose the village or community");
    least = 6;
  } else if (!isListed(field, division)) {
    refuse("unknown_division", "没有这个村（社区）", "There is no such village or community");
  }
  if (size(detail) < least || size(detail) > 100) {
    refuse("detail_length", `请写清门牌地址（${least}至100个字）`, `Write the address in ${least} to 100 characters`);
  }
  return division ? { division, detail } : { detail };
}

function captured(again) {
  return (field, value) => {
    const id = plain(value);
    if (!MATERIAL.test(id)) refuse("not_a_material", ...again);
    return id;
  };
}

const area = decimal("9999999.99");
const TYPES = {
  resident_id: residentId, uscc, bank_card: bankCard, mobile, landline, phone, postal_code: postalCode,
  date: oneDate, year, period, amount: decimal("999999999999.99"), area, measure: area, count,
  choice, choices, yes_no: yesNo, text, name, address,
  photo: captured(["请重新拍照或上传", "Take or upload the picture again"]),
  signature: captured(["请重新签名", "Sign again"]),
};
