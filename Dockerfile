# One image for both roles; its steps are the scripts in deploy/, which are tested without Docker.
#   docker run -v hall:/data -p 8100:8100 jishiban hall serve
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3
COPY . /source
RUN PIP_NO_CACHE_DIR=1 /source/deploy/build.sh

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
COPY deploy/install.sh /source/deploy/
COPY requirements.lock /source/
COPY --from=build /source/dist /source/dist
RUN /source/deploy/install.sh /source/dist/jishiban-*.whl /opt/jishiban && \
    rm -rf /source /var/lib/apt/lists/* && \
    useradd --system --home-dir /data --create-home jishiban
ENV PATH=/opt/jishiban/bin:$PATH KIOSK_DATA_DIR=/data
USER jishiban
VOLUME /data
EXPOSE 8100 8200
ENTRYPOINT ["kiosk"]
CMD ["--help"]
