package e2e

import (
	"path/filepath"
	"testing"
)

// TestReportInBrowser opens the golden files of reports/html in a browser, with
// axe-core for their accessibility.
func TestReportInBrowser(t *testing.T) {
	t.Parallel()
	files := make(map[string]string)
	for _, name := range []string{"run", "incomplete", "bench", "load", "matrix", "site", "site-case", "site-clause", "site-implementation"} {
		path, err := filepath.Abs(filepath.Join("..", "..", "reports", "html", "testdata", name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = path
	}
	walk(t, "report.mjs", map[string]any{"files": files})
}
