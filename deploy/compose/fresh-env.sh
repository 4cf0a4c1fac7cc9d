#!/bin/sh
# Write a fresh .env to the standard output: .env.example, each empty value replaced by a secret of its own.
#   (umask 077 && sh deploy/compose/fresh-env.sh > .env)
set -eu
while IFS= read -r line; do
  case $line in
    '#'*) printf '%s\n' "$line" ;;
    *=) printf '%s%s\n' "$line" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < "$(dirname "$0")/../../.env.example"
