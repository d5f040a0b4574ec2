# docker build --build-arg BASE=node:24-slim@sha256:... .
#
# BASE is Node 24 on Debian, by digest: there is no default, because a tag is somebody else's promise.
# What is done here is scripts/image-steps.ts, which the tests run too.
ARG BASE
FROM ${BASE} AS base
# fetches repositories, over https and ssh
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git ca-certificates openssh-client \
 && rm -rf /var/lib/apt/lists/*

FROM base AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/image-steps.ts bundle /opt/solewriter
# kustomize and helm, as released, checked against their published sums.
RUN node scripts/image-steps.ts renderers /opt/renderers
# As the image will run it, with the flags of its ENTRYPOINT.
USER 65532:65532
RUN node scripts/image-steps.ts check /opt/solewriter /opt/renderers

FROM base
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
 && ln -s /opt/solewriter/solewriter.js /usr/local/bin/solewriter
COPY --from=build /opt/solewriter /opt/solewriter
COPY --from=build /opt/renderers /usr/local/bin/
USER 65532:65532
WORKDIR /tmp
ENV HOME=/tmp
# Keys that look like prototypes are data here. A small young generation keeps the resident memory
# down; an old one that starts large spares the collections that large bodies would cause.
ENTRYPOINT ["node", "--disable-proto=delete", "--use-largepages=silent", "--max-semi-space-size=8", "--initial-old-space-size=80", "--max-old-space-size=256", "/opt/solewriter/solewriter.js"]
