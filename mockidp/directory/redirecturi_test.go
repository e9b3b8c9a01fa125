package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/directory"
)

// TestCovering says which registered URIs a library that compares exactly is
// given for the one that was asked for.
func TestCovering(t *testing.T) {
	t.Parallel()
	const exact, wildcard = "https://app.example.com/callback", "https://*.preview.example.com/callback"
	tests := []struct {
		name, asked string
		want        []string
	}{
		{"exact", exact, []string{exact}},
		{"covered", "https://pr-1.preview.example.com/callback", []string{exact, "https://pr-1.preview.example.com/callback"}},
		{"the wildcard itself", wildcard, []string{exact}},
		{"no label", "https://preview.example.com/callback", []string{exact}},
		{"two labels", "https://a.b.preview.example.com/callback", []string{exact}},
		{"another path", "https://pr-1.preview.example.com/other", []string{exact}},
		{"another scheme", "http://pr-1.preview.example.com/callback", []string{exact}},
		{"another port", "https://pr-1.preview.example.com:444/callback", []string{exact}},
		{"user information", "https://u:p@pr-1.preview.example.com/callback", []string{exact}},
		{"not a URL", "https://%zz", []string{exact}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := directory.Covering([]string{exact, wildcard}, tt.asked)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Covering(%q) (-want +got):\n%s", tt.asked, diff)
			}
		})
	}
}

func TestConfigRefusesEmptyLists(t *testing.T) {
	t.Parallel()
	if err := (directory.Config{}).Validate(); err != nil {
		t.Errorf("Validate() of the zero value = %v", err)
	}
	if err := (directory.Config{Users: []directory.User{}}).Validate(); err == nil {
		t.Errorf("Validate() = nil for a directory without users")
	}
}
