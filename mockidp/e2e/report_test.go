package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestReportInBrowser opens the golden files of reports/html in a browser, with
// axe-core for their accessibility.
func TestReportInBrowser(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	chromium := need(t, "chromium", "apt-get install --no-install-recommends chromium")
	files := make(map[string]string)
	for _, name := range []string{"run", "incomplete", "bench", "load", "matrix", "site", "site-case", "site-clause", "site-implementation"} {
		path, err := filepath.Abs(filepath.Join("..", "..", "reports", "html", "testdata", name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = path
	}
	look, err := json.Marshal(map[string]any{
		"files": files, "chromium": chromium, "screenshots": os.Getenv(screenshotsVariable),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "report.mjs", string(look))
	cmd.Dir = "node"
	// SIGTERM lets Chromium be closed, too.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the browser: %v\n%s", err, out)
	}
}
