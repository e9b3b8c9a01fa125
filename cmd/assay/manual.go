package main

// manual is the text of assay --help.
const manual = `assay finds out whether ID Tokens are verified as they must be, and how fast.

It runs a mock Scalekit environment that rotates its keys and lies on request,
presents good and malformed tokens to a verifier (the one shipped here, or
yours, in any language), says what passed and why the rest did not, and measures
the hot path of verification.

Without a command it shows a terminal UI. The four uses:

  assay                      the terminal UI
  assay run                  run the scenarios, in CI for instance
  assay bench                measure the verifier
  assay run INVALID_ISSUER   reproduce a troubleshooting error

And to look closer: assay show explains a scenario, assay export writes its
token as files, assay new begins a scenario of your own.

Exit codes
  0    as expected
  1    the harness itself failed
  2    a mistake on the command line, or nothing was selected
  3    a case did not pass, or a threshold was missed
  4    a measurement that must not be used
  130  interrupted

Limits
  It judges ID Tokens, not flows of a browser, and not what an application does
  with a verified token. The mock environment is for tests: whoever knows its
  seed has its keys. Rates of a load against a service on the same machine
  include the generator's share; the ratios of assay bench do not.`
