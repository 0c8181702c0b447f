# The command line with DuckDB, dbt, the report, GCS and Snowflake. Build arguments choose other extras.
FROM python:3.12-slim AS build
ARG EXTRAS=dbt,report,gcs,snowflake,redis
# Debian removes old versions of gcc from its mirrors, so a pinned one could not be installed later.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && pip install --no-cache-dir "uv>=0.9"
WORKDIR /src
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY aviastack aviastack
COPY dbt dbt
COPY requirements/all.txt constraints.txt
RUN uv venv /opt/aviastack \
    && sed -E '/^ +--hash/d; s/ \\$//' constraints.txt > pins.txt \
    && uv pip install --compile-bytecode --python /opt/aviastack/bin/python --constraint pins.txt ".[${EXTRAS}]"

FROM python:3.12-slim
COPY --from=build /opt/aviastack /opt/aviastack
RUN useradd --create-home --uid 1000 aviastack && mkdir --parents /srv/aviastack/data && chown --recursive aviastack /srv/aviastack
ENV PATH=/opt/aviastack/bin:$PATH
USER 1000
WORKDIR /srv/aviastack
VOLUME /srv/aviastack/data
ENTRYPOINT ["aviastack"]
CMD ["--help"]
