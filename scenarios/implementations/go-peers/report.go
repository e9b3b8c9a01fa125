package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
)

// host describes the machine that a table is of.
type host struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Go     string `json:"go"`
	Load   string `json:"load"` // averages over 1, 5 and 15 minutes
	Seed   uint64 `json:"seed"`
	Method string `json:"method"`
}

const method = "ratios of times, ABBA slices of 200 µs, median per epoch, an epoch of each comparison by turns, 95 % interval over epochs; with GC: slices of 30 ms, sums"

// thisHost asks the system. What it does not tell stays empty.
func thisHost(seed uint64) host {
	h := host{
		Cores: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version(),
		Seed: seed, Method: method,
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, found := strings.Cut(line, ":"); found &&
				strings.TrimSpace(name) == "model name" {
				h.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		if fields := strings.Fields(string(load)); len(fields) >= 3 {
			h.Load = strings.Join(fields[:3], " ")
		}
	}
	return h
}

// writeTable writes comparisons as a Markdown table, one section after
// another.
func writeTable(w io.Writer, h host, list []comparison) error {
	fmt.Fprintf(w, "%s, %d cores, %s/%s, %s, load %s, seed %d\n%s\n",
		h.CPU, h.Cores, h.OS, h.Arch, h.Go, h.Load, h.Seed, h.Method)
	section := ""
	var t *tabwriter.Writer
	for _, c := range list {
		if name := c.Section + ", " + c.Alg; name != section {
			if t != nil {
				t.Flush()
			}
			section = name
			fmt.Fprintf(w, "\n%s\n\n", section)
			t = tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
			fmt.Fprintln(t,
				"| left\t| right\t| ratio\t| interval\t| with GC\t| right, ns\t| allocs\t| bytes\t|")
			fmt.Fprintln(t, "| ---\t| ---\t| --:\t| --:\t| --:\t| --:\t| --:\t| --:\t|")
		}
		right := c.Right
		if c.Version != "" {
			right += " " + c.Version
		}
		r := &c.Result
		collected := ""
		if r.Collected != nil {
			collected = fmt.Sprintf("%.3f", r.Collected.Estimate)
		}
		fmt.Fprintf(t, "| %s\t| %s\t| %.3f\t| %.3f to %.3f\t| %s\t| %.0f\t| %.0f\t| %.0f\t|\n",
			c.Left, right, r.Ratio.Estimate, r.Ratio.Low, r.Ratio.High, collected, r.B.MedianNS, r.B.AllocsPerOp, r.B.BytesPerOp)
	}
	if t == nil {
		return nil
	}
	return t.Flush()
}

// writeJSON writes the host and then each comparison as a line of JSON.
func writeJSON(w io.Writer, h host, list []comparison) error {
	enc := json.NewEncoder(w)
	if err := enc.Encode(h); err != nil {
		return err
	}
	for _, c := range list {
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	return nil
}
