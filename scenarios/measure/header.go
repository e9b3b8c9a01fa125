package measure

import (
	"strconv"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/machine"
)

// Header completes the header of a measurement with the command, seed, policy
// and host, and with the builtin implementation unless h names another.
func Header(h reports.Header, command string, seed uint64) reports.Header {
	h.Command = command
	h.Seed = strconv.FormatUint(seed, 16)
	h.Policy = "char"
	h.Host = machine.Host()
	if h.Implementation.Name == "" {
		h.Implementation = reports.Implementation{Name: "builtin", Language: "go"}
	}
	return h
}
