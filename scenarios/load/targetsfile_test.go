package load_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// written returns the name of a file with text, next to a file body.txt.
func written(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"targets.txt": text, "body.txt": "the body"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "targets.txt")
}

func TestReadTargets(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"http": "# comment\nGET http://h/a\nX-lower: 1\n# more\nX-lower: 2\n\nPOST http://h/b?c=d\n@body.txt\nGET https://h:1/\n",
		"json": `{"method":"GET","url":"http://h/a","header":{"X-lower":["1","2"]}}` + "\n\n" +
			`{"method":"POST","url":"http://h/b?c=d","body":"dGhlIGJvZHk="}` + "\n" + `{"method":"GET","url":"https://h:1/"}`,
	} {
		all, err := load.ReadTargets(written(t, text))
		if err != nil {
			t.Errorf("ReadTargets of %s: %v", name, err)
			continue
		}
		var got []string
		asWritten := "X-lower"
		for _, target := range all {
			got = append(got, fmt.Sprint(target.Method, " ", target.URL, " ", target.Header[asWritten], " ", string(target.Body)))
		}
		if want := "GET http://h/a [1 2] |POST http://h/b?c=d [] the body|GET https://h:1/ [] "; strings.Join(got, "|") != want {
			t.Errorf("ReadTargets of %s = %q, want %q", name, strings.Join(got, "|"), want)
		}
	}
	for text, want := range map[string]string{
		"\n# nothing\n":                              "has no target",
		"\nget http://h/\n":                          `:2: "get http://h/", want a method and a URL`,
		"GET http://h/\n\nGET ftp://h/\n":            `:3: target "ftp://h/" is neither http nor https`,
		"GET http://h/\nno field\nA: b\n":            ":2: a header field begins",
		"GET http://h/\nA: b\n\npost http://h/\n":    `:4: "post http://h/", want a method`,
		"GET http://h/\npost http://h/\n":            `:2: a header field begins "post http"`,
		"GET http://h/\nA: b\x01\n":                  `:2: the header field "A" has a control character`,
		"GET http://h/#x\n":                          ":1: target",
		"GET http://a:b@h/\n":                        "has credentials",
		"POST http://h/\nA: b\n@gone.txt\n":          ":3: the body: open ",
		`{"method":"GET","url":"http://h/"}` + "\n{": ":2: a target in JSON: ",
		`{"method":"G T","url":"http://h/"}`:         ":1: ",
	} {
		_, err := load.ReadTargets(written(t, text))
		if !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadTargets(%q) = %v, want an ErrUsage with %q", text, err, want)
		}
	}
	if _, err := load.ReadTargets(t.TempDir()); !errors.Is(err, gate.ErrUsage) {
		t.Errorf("ReadTargets of a folder = %v, want an ErrUsage", err)
	}
}

// The targets of a file are sent in turn, and their answers are judged.
func TestTargetsOfAFile(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := make(map[string]int)
	url := target(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got[r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Secret")+string(body)]++
		if r.URL.Path == "/b" {
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprint(w, "no ", r.Header.Get("X-Secret"))
		}
	}))
	url = strings.TrimSuffix(url, load.VerifyPath)
	all, err := load.ReadTargets(written(t, "GET "+url+"/a\nX-Secret: abcdefgh\n\nPOST "+url+"/b\nX-Secret: ijklmnop\n@body.txt\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := against("")
	o.Provider, o.Mix, o.Targets = nil, load.Mix{}, all
	result, err := load.Run(t.Context(), o, new(record).emit)
	notMissed(t, err)
	s := result.Samples[0]
	if s.Verdicts["HTTP 200"] != 100 || s.Verdicts["HTTP 418"] != 100 || s.Failed > 0 || len(result.Samples) != 1 {
		t.Errorf("the verdicts are %v, %d failed, want the statuses of 100 each", s.Verdicts, s.Failed)
	}
	if got["GET /a abcdefgh"] != 101 || got["POST /b ijklmnopthe body"] != 100 {
		t.Errorf("the service got %v, want each target in turn, and the first once before", got)
	}

	o.Expect = "reject"
	o.Reading.Reject = "418"
	result, err = load.Run(t.Context(), o, new(record).emit)
	if s := result.Samples[0]; !errors.Is(err, gate.ErrMissed) || s.Wrong != 100 || s.Verdicts["reject"] != 100 {
		t.Errorf("Run = %v with %d wrong verdicts of %v, want 100", err, s.Wrong, s.Verdicts)
	}
	o.Expect = "accept"
	result, err = load.Run(t.Context(), o, new(record).emit)
	if s := result.Samples[0]; !errors.Is(err, gate.ErrMissed) || s.Wrong != 100 || len(s.WrongAnswers) != 1 || strings.Contains(s.WrongAnswers[0].Body, "ijkl") {
		t.Errorf("Run = %v with %d wrong verdicts, %+v, want 100 and no secret", err, s.Wrong, s.WrongAnswers)
	}
}

// The parts of a load send the targets that a single process sends, and only parts
// with the same file are merged.
func TestPartsShareTheTargetsOfAFile(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	got := make(map[string]int)
	url := strings.TrimSuffix(target(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path]++
		if r.URL.Path == "/b" {
			w.WriteHeader(http.StatusTeapot)
		}
	})), load.VerifyPath)
	all, err := load.ReadTargets(written(t, "GET "+url+"/a\n\nGET "+url+"/b\n\nGET "+url+"/c\n"))
	if err != nil {
		t.Fatal(err)
	}
	parts := inParts("", 2, time.Now().Add(ready/2))
	for i := range parts {
		parts[i].Provider, parts[i].Mix, parts[i].Targets = nil, load.Mix{}, all
	}
	texts := runParts(t, parts)
	if got["/a"] != 82 || got["/b"] != 80 || got["/c"] != 80 {
		t.Errorf("the service got %v, want 80 of each, and the first once more from each part", got)
	}
	_, result, err := merged(t, texts)
	notMissed(t, err)
	s := result.Samples[0]
	if s.Operations != 240 || s.Verdicts["HTTP 200"] != 160 || s.Verdicts["HTTP 418"] != 80 || s.Wrong+s.Failed > 0 {
		t.Errorf("the merged parts have %d requests with the verdicts %v, want 160 and 80", s.Operations, s.Verdicts)
	}

	other := parts[1]
	other.Targets = all[:2]
	late, err := runPart(t.Context(), other)
	if !errors.Is(err, gate.ErrInvalid) {
		t.Fatalf("Run of a late part = %v, want an ErrInvalid", err)
	}
	if _, _, err = merged(t, []string{texts[0], late}); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), "request of parts") {
		t.Errorf("Merge of parts with different files = %v, want an ErrUsage", err)
	}
}

func TestTargetsThatExclude(t *testing.T) {
	t.Parallel()
	all, err := load.ReadTargets(written(t, "GET http://127.0.0.1:1/\n"))
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]load.Options{
		"exclude a URL":                             {URL: "http://127.0.0.1:1/", Targets: all},
		"exclude a mix":                             {Mix: mix("good=1"), Targets: all},
		"exclude events":                            {Events: events(t, "0s=rotate"), Targets: all},
		`the expected verdict is "EXPIRED"`:         {Expect: "EXPIRED", Targets: all},
		"expected verdict is for targets of a file": {Expect: "accept"},
	} {
		if err := o.Validate(); !errors.Is(err, gate.ErrUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want an ErrUsage with %q", err, want)
		}
	}
}
