package implementations_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios/implementations"
)

// The messages that README.md shows have no member that the protocol lacks,
// and its table has every operation.
func TestReadmeShowsTheProtocol(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines(string(text)) {
		var message any
		request, isRequest := strings.CutPrefix(line, "    → ")
		response, isResponse := strings.CutPrefix(line, "    ← ")
		switch {
		case isRequest:
			line, message = request, new(implementations.Request)
		case isResponse:
			line, message = response, new(implementations.Response)
		default:
			continue
		}
		shown++
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(message); err != nil {
			t.Errorf("%s: %v", strings.TrimSpace(line), err)
		}
	}
	if shown < 8 {
		t.Errorf("README.md shows %d messages, want at least 8", shown)
	}
	for _, op := range []implementations.Operation{
		implementations.OpHello, implementations.OpOpen, implementations.OpVerify,
		implementations.OpBegin, implementations.OpRefresh, implementations.OpClose,
	} {
		if !strings.Contains(string(text), "| `"+string(op)+"` |") {
			t.Errorf("README.md does not explain %s", op)
		}
	}
}
