package machine

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/assay-id/assay/reports"
)

// Host describes this machine for the header of a stream.
func Host() reports.Host {
	return reports.Host{
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		CPUModel:   cpuModel(),
		CPUs:       runtime.NumCPU(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		Go:         runtime.Version(),
	}
}

// cpuModel returns the model of the first CPU, or the empty string if it is
// unknown.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	return parseCPUModel(f)
}

// parseCPUModel reads /proc/cpuinfo in the format of x86; other architectures
// have no such line.
func parseCPUModel(r io.Reader) string {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok &&
			strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
