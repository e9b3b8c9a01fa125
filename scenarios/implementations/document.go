package implementations

import (
	_ "embed"
	"strings"
)

//go:embed protocol.schema.json
var protocolSchema string

//go:embed protocol.md
var protocolText string

// Schema returns the JSON Schema of the messages of the protocol. Its
// definitions are named after the operations: verifyRequest and verifyAnswer,
// for instance, and errorAnswer for the answer to any of them.
func Schema() string { return protocolSchema }

// Protocol returns the documentation of the protocol for authors of adapters,
// as text.
func Protocol() string {
	var b strings.Builder
	for line := range strings.Lines(protocolText) {
		if !strings.HasPrefix(line, "<!--") {
			b.WriteString(line)
		}
	}
	return strings.ReplaceAll(b.String(), "\n\n\n", "\n\n")
}
