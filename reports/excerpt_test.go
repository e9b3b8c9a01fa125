package reports_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/assay-id/assay/reports"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		limit      int
		want       string
	}{
		{"short", "aud", 10, "aud"},
		{"as long as the limit", "aud", 3, "aud"},
		{"longer", "audience", 3, "aud"},
		{"cut within a character", "aé", 2, "a\uFFFD"},
		{"not UTF-8", "a\xFFb", 10, "a\uFFFDb"},
		{"empty", "", 10, ""},
	}
	for _, test := range tests {
		if got := reports.Excerpt(test.text, test.limit); got != test.want {
			t.Errorf("%s: Excerpt(%q, %d) = %q, want %q",
				test.name, test.text, test.limit, got, test.want)
		}
	}
}

func TestExcerptIsACopy(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("x", 1<<20)
	if got := reports.Excerpt(text, 100); unsafe.StringData(got) == unsafe.StringData(text) {
		t.Error("an excerpt of 100 bytes keeps the mebibyte alive that it was cut from")
	}
}
