package scenarios_test

import (
	"testing"

	"github.com/assay-id/assay/scenarios"
)

func TestNear(t *testing.T) {
	t.Parallel()
	commands := []string{"list", "reset", "run", "report", "reproduce", "verify", "version", "forge"}
	tests := []struct {
		name  string
		word  string
		known []string
		want  string
	}{
		{"one character is wrong", "rum", commands, "run"},
		{"two neighbours are swapped", "rnu", commands, "run"},
		{"one is missing", "rest", commands, "reset"},
		{"one is too many", "forgge", commands, "forge"},
		{"the beginning", "rep", commands, "report"},
		{"the beginning of several", "ver", commands, "verify"},
		{"the beginning, misspelt", "aud.sufix", []string{"aud.prefix", "aud.suffix-char"}, "aud.suffix-char"},
		{"another case", "invalid_isuer", []string{"INVALID_AUDIENCE", "INVALID_ISSUER"}, "INVALID_ISSUER"},
		{"nothing is close", "frobnicate", commands, ""},
		{"two characters", "xy", commands, ""},
		{"nothing", "", nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := scenarios.Near(tt.word, tt.known); got != tt.want {
				t.Errorf("Near(%q) = %q, want %q", tt.word, got, tt.want)
			}
		})
	}
}
