# scimfront as a container: built here, run as nobody in particular on a read-only root file system.
#
#     docker build -t scimfront .
#     docker run --read-only -p 127.0.0.1:8080:8080 -v ./settings:/etc/scimfront:ro scimfront
#
# The settings file is /etc/scimfront/scimfront.toml. Secrets are best given as files (`bind_password_file`), below /run/secrets.
FROM rust:1-bookworm AS build
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY mappings mappings
COPY benches benches
COPY scripts/release.sh scripts/
RUN scripts/release.sh

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
COPY --from=build /build/target/package/scimfront /usr/bin/scimfront
COPY mappings /usr/share/scimfront/mappings
RUN install -d -o 10001 -g 10001 /var/lib/scimfront
USER 10001:10001
VOLUME /var/lib/scimfront
WORKDIR /etc/scimfront
EXPOSE 8080
# Asks `[admin]` whether it is ready, and is so while its directory is. An orchestrator that restarts what is unhealthy should ask with
# `--live` instead, as Kubernetes' probes do: nothing here gets better by a restart while the directory is away.
HEALTHCHECK --interval=2s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/usr/bin/scimfront", "health", "--config", "/etc/scimfront/scimfront.toml"]
ENTRYPOINT ["/usr/bin/scimfront"]
CMD ["serve", "--config", "/etc/scimfront/scimfront.toml"]
