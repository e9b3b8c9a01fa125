package run

import (
	"path/filepath"
	"strings"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// repeat returns the command that runs s again.
func (r *runner) repeat(s *scenarios.Scenario) string {
	words := []string{"assay run", s.ID, "--seed", FormatSeed(r.opts.Seed)}
	if r.opts.Dir != "" {
		words = append([]string{"cd", reports.ShellQuote(r.opts.Dir), "&&"}, words...)
	}
	if r.opts.Name != "" && r.opts.Name != "builtin" {
		words = append(words, "--implementation", reports.ShellQuote(r.opts.Name))
	}
	if !r.opts.Deployed.Borrowed {
		words = append(words, networkFlags(r.opts.Network)...)
	}
	for _, word := range r.opts.Flags {
		words = append(words, reports.ShellQuote(word))
	}
	if r.opts.StrictReasons {
		words = append(words, "--strict-reasons")
	}
	if file := r.opts.Choices.File(); file != "" {
		words = append(words, "--policy-file", reports.ShellQuote(r.fromDir(file)))
	}
	for _, f := range r.opts.Files {
		words = append(words, "--catalog", reports.ShellQuote(r.fromDir(f)))
	}
	return strings.Join(words, " ")
}

// networkFlags returns the flags that say what cfg does.
func networkFlags(cfg mockidp.ListenerConfig) []string {
	var words []string
	for _, f := range []struct{ flag, value string }{
		{"--idp-addr", cfg.Addr}, {"--idp-host", cfg.Host}, {"--external-url", cfg.ExternalURL},
	} {
		if f.value != "" {
			words = append(words, f.flag, reports.ShellQuote(f.value))
		}
	}
	if cfg.TLS != mockidp.TLSNone {
		words = append(words, "--idp-tls")
	}
	if cfg.UnsafeAllowNonLoopback {
		words = append(words, "--unsafe-allow-non-loopback")
	}
	return words
}

// fromDir returns the name of a file as it is in Dir.
func (r *runner) fromDir(file string) string {
	if name, err := filepath.Rel(r.opts.Dir, file); err == nil && r.opts.Dir != "" {
		return name
	}
	return file
}
