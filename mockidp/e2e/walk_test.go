package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"
)

// screenshotsVariable names a folder for pictures of every page.
const screenshotsVariable = "ASSAY_E2E_SCREENSHOTS"

// walk has a script of the folder node drive headless Chromium, and returns what
// it prints. The script gets the arguments, where Chromium is, and the folder for
// pictures; the test fails if it ends with an error.
func walk(t *testing.T, script string, arguments map[string]any) []byte {
	t.Helper()
	node := needNode(t)
	arguments["chromium"] = need(t, "chromium", "apt-get install --no-install-recommends chromium")
	arguments["screenshots"] = os.Getenv(screenshotsVariable)
	text, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, script, string(text))
	cmd.Dir = "node"
	// An interrupt lets Chromium be closed, too.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Errorf("the browser: %v\n%s", err, problems.Bytes())
	}
	return out.Bytes()
}
