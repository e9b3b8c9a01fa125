#!/usr/bin/env bash
# The step of the action that runs the scenarios. It ends as assay run does, after
# the summary is written.
set -uo pipefail

reports="$RUNNER_TEMP/assay"
mkdir -p "$reports"
arguments=(--implementation "$IMPLEMENTATION")
if [ -n "$EXPECTATIONS" ]; then
	arguments+=(--expectations "$EXPECTATIONS")
fi
while IFS= read -r line; do
	if [ -n "$line" ]; then
		arguments+=("$line")
	fi
done <<<"$ARGUMENTS"

assay run "${arguments[@]}" -o github:- -o "$reports/run.jsonl" -o "$reports/run.html" -o "$reports/run.sarif" -o "$reports/junit.xml"
code=$?
if [ -s "$reports/run.jsonl" ]; then
	# It is red where the run was, which its own exit code says.
	assay report "$reports/run.jsonl" -o markdown:- >>"$GITHUB_STEP_SUMMARY" || true
fi
{
	echo "exit-code=$code"
	echo "reports=$reports"
} >>"$GITHUB_OUTPUT"
exit "$code"
