#!/bin/sh
# What a careful pipeline does without Switchback: note the image that runs, replace the container, wait, ask the
# health address five times, and go back by the noted image. The waits are those such scripts are written with: 10 s for
# the start, 5 s between the questions.
#
# Takes NAME, IMAGE (the new one), PUBLISH (ADDRESS:PORT:PORT) and URL from the environment; the engine is DOCKER_HOST's.
set -e

old=$(docker inspect "$NAME" --format='{{.Image}}' 2>/dev/null || true)
docker pull --quiet "$IMAGE"
if [ -n "$old" ]; then
  docker stop "$NAME"
  docker rm "$NAME"
fi
docker run -d --name "$NAME" -p "$PUBLISH" "$IMAGE"

healthy() {
  sleep 10
  for attempt in 1 2 3 4 5; do
    if curl -s --fail "$URL" >/dev/null; then
      return 0
    fi
    echo "attempt $attempt failed"
    sleep 5
  done
  return 1
}

if ! healthy; then
  docker stop "$NAME"
  docker rm "$NAME"
  if [ -n "$old" ]; then
    docker run -d --name "$NAME" -p "$PUBLISH" "$old"
  fi
  exit 1
fi
