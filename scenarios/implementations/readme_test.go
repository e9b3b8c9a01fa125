package implementations_test

import (
	"encoding/json"
	"os"
	"reflect"
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
		implementations.OpHello, implementations.OpClock, implementations.OpOpen, implementations.OpVerify,
		implementations.OpBegin, implementations.OpRefresh, implementations.OpClose,
	} {
		if !strings.Contains(string(text), "| `"+string(op)+"` |") {
			t.Errorf("README.md does not explain %s", op)
		}
	}
}

// README.md explains every operation and every field of the protocol.
func TestReadmeNamesEveryField(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"hello", "clock", "open", "verify", "begin", "refresh", "close"}
	words = append(words, fields(reflect.TypeFor[implementations.Request]())...)
	words = append(words, fields(reflect.TypeFor[implementations.Response]())...)
	for _, word := range words {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("README.md does not explain `%s`", word)
		}
	}
}

// fields returns the names of t in JSON, and of what it holds.
func fields(t reflect.Type) []string {
	if t.Kind() == reflect.Pointer {
		return fields(t.Elem())
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name != "" {
			names = append(names, name)
		}
		names = append(names, fields(f.Type)...)
	}
	return names
}
