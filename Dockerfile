# One image for each service, and one for the command line:
#   docker build --build-arg SERVICE=order-service --build-arg VERSION=0.2.0 -t docket/order-service:0.2.0 .
# SERVICE is the folder of a service, or cli. BASE has Node 26 and npm; give it with its digest where you keep images of your own.
ARG BASE=docker.io/library/node:26.10.0-bookworm-slim

# What of the repository this image needs: no tests, no other service, no development dependencies.
FROM ${BASE} AS chosen
ARG SERVICE
WORKDIR /all
COPY . .
RUN node k8s/image/production.ts "${SERVICE:?}" /all /chosen

# Packages, in a stage that is made again only when their names change. The secrets are for networks with a registry
# (npmrc) or a certificate authority (ca) of their own, and stay out of every layer.
FROM ${BASE} AS installed
WORKDIR /app
COPY --from=chosen /chosen/names ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/secrets/ca \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --ignore-scripts --no-fund --no-audit --loglevel=error && \
    npm sbom --sbom-format cyclonedx --loglevel=error >sbom.cdx.json

FROM ${BASE}
WORKDIR /app
COPY --from=installed /app ./
COPY --from=chosen /chosen/app ./
# The three of malloc: glibc keeps what was freed, 13 MB of it in an idle service.
ENV NODE_ENV=production PORT=8080 OPS_PORT=8091 PATH=/app/bin:$PATH NODE_COMPILE_CACHE=/tmp/compiled \
    MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=131072
USER 10001:10001
EXPOSE 8080 8091
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "/app/health.ts"]
# Node is process 1: the service itself receives SIGTERM. Arguments: migrate; migrate down --to N.
ENTRYPOINT ["node", "--v8-pool-size=1", "/app/main.ts"]
# Last, as it differs for each commit.
ARG SERVICE
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="docket ${SERVICE}" \
      org.opencontainers.image.description="Order fulfilment that loses nothing: ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
