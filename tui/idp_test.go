package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

func idpDriver(t *testing.T, w, h int) (*driver, *fakeIdP) {
	t.Helper()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, w, h)
	d.keys("3")
	return d, e.env.(*fakeIdP)
}

func TestRequestDetail(t *testing.T) {
	t.Parallel()
	d, idp := idpDriver(t, 100, 30)
	last := &idp.snapshot.Requests[39]
	last.Header = []HeaderField{{"Authorization", "(not kept)"}, {"If-None-Match", `"it's"`}}
	d.send(snapshotMsg{IdPSnapshot{}}) // another revision
	d.send(snapshotMsg{idp.snapshot})
	d.keys("enter")
	d.shows("request  GET /keys", "header   Authorization: (not kept)", "200, 2.87 kB, after 412 µs")
	d.keys("y")
	want := `curl -si -A 'Go-http-client/1.1' -H "Authorization: $AUTHORIZATION" -H 'If-None-Match: "it'\''s"' 'http://127.0.0.1:40961/keys'`
	if got := d.left("setClipboardMsg"); !slices.Contains(got, want) {
		t.Errorf("copied %q, want %s", got, want)
	}
	d.keys("k", "enter")
	d.shows("503,", "fault    status")
	d.keys("esc", "g", "enter")
	d.shows("15:05:10.000", "/.well-known/openid-configuration")
}

func TestClientsAndStampedes(t *testing.T) {
	t.Parallel()
	d, idp := idpDriver(t, 120, 40)
	snap := idp.snapshot
	snap.Revision++
	for i := range 14 {
		snap.Requests = append(snap.Requests, IdPRequest{
			At: testStart().Add(time.Minute + time.Duration(i)*60*time.Millisecond), Method: "GET", Path: "/keys", Status: 200, UserAgent: "jose/6.1\x1b",
		})
	}
	d.send(snapshotMsg{snap})
	d.keys("tab")
	d.shows("clients", `jose/6.1\x1b`, "! 14 × /keys", "Go-http-client/1.1", "1 × /")
	if screen := d.screen(); strings.Index(screen, "jose") > strings.Index(screen, "Go-http-client") {
		t.Error("the client that stampedes is not the first one")
	}
	d.keys("tab", "tab", "tab", "enter")
	d.shows("14 such requests by the same client")
	// Nine in a second, and one just a second later, are none.
	snap.Requests = snap.Requests[:40+9]
	snap.Requests = append(snap.Requests, IdPRequest{At: testStart().Add(61 * time.Second), Path: "/keys", UserAgent: "jose/6.1\x1b"})
	snap.Revision++
	d.keys("esc", "tab")
	d.send(snapshotMsg{snap})
	d.hides("!  9", "! 10", "no cooldown")
	d.shows("9 × /keys")
}

func TestRotationsAreDrawnOnOneAxis(t *testing.T) {
	t.Parallel()
	d, idp := idpDriver(t, 80, 24)
	snap := idp.snapshot
	snap.Revision++
	snap.Requests = []IdPRequest{
		{At: testStart().Add(-12 * time.Minute), Path: "/keys", Keys: true}, {At: testStart().Add(-9 * time.Minute), Path: "/"},
		{At: testStart().Add(-6 * time.Minute), Path: "/keys", Keys: true},
	}
	d.send(snapshotMsg{snap})
	d.keys("tab", "tab")
	for line := range strings.Lines(d.screen()) {
		if marks, ok := strings.CutPrefix(line, " fetches of keys"); ok {
			at := []rune(strings.TrimSpace(marks))
			if n := len(at); strings.Count(string(at), "╵") != 2 || n < 25 || n > 33 {
				t.Errorf("the fetches are drawn as %q, want one at the beginning and one in the middle", string(at))
			}
		}
	}
	d.shows("rotations", "fetches of keys", "14:53:10", "15:05:10")
	var lanes []string
	for line := range strings.Lines(d.screen()) {
		if strings.HasPrefix(line, " snk_") && strings.ContainsAny(line, "█░▒") {
			lanes = append(lanes, strings.Join(strings.FieldsFunc(line[18:], func(r rune) bool { return r == ' ' || r == '│' || r == '\n' }), ""))
		}
	}
	if len(lanes) != 3 {
		t.Fatalf("%d lanes:\n%s", len(lanes), d.screen())
	}
	for i, want := range []string{"█░", "░█░", "▒"} {
		if got := string(slices.Compact([]rune(lanes[i]))); !strings.HasSuffix(got, want) {
			t.Errorf("lane %d is %q, want %q", i, got, want)
		}
	}
}

func TestTheEnvironmentIsUsed(t *testing.T) {
	t.Parallel()
	d, idp := idpDriver(t, 100, 30)
	d.keys("s", "enter")
	d.shows("the environment as a verifier sees it: warn", "no Cache-Control", "Send max-age")
	d.keys("esc", "s")
	d.typed("assay load")
	d.keys("enter")
	if got := d.left("setClipboardMsg"); len(got) != 1 || got[0] != "assay load http://127.0.0.1:3000/me --control 'http://127.0.0.1:40970'" {
		t.Errorf("copied %q", got)
	}
	d.keys("Y")
	d.typed("secret")
	d.keys("enter")
	if got := d.left("setClipboardMsg"); got[len(got)-1] != "a-secret-of-tests" {
		t.Errorf("copied %q, want the secret", got)
	}
	d.keys("u")
	if !slices.Contains(idp.rotated, "undo") {
		t.Error("u undoes nothing")
	}
	d.keys("space")
	d.typed("keys-slow delay=5s share=0.5")
	d.keys("enter")
	d.tick()
	d.shows("on: keys-slow delay=5s share=0.5")
	d.keys("space")
	d.typed("wrong")
	d.keys("enter")
	d.shows("not changed", "there is no fault wrong")
	d.keys("esc", "t")
	d.shows("[4 Token]", "as the mock environment issues it")
	d.keys("3", "s")
	d.typed("run scenarios")
	d.keys("enter")
	d.typed("http://127.0.0.1:3000/me")
	d.keys("enter")
	d.shows("[1 Scenarios]", "now under test: bearer:http://127.0.0.1:3000/me")
	d.keys("3", "s")
	d.typed("load a service")
	d.keys("enter")
	d.typed("http://127.0.0.1:3000/me")
	d.keys("enter")
	d.shows("[5 Load]", "space starts")
	arguments, more := d.a.load.form.arguments()
	if !slices.Equal(arguments, []string{"http://127.0.0.1:3000/me"}) || more != "--control 'http://127.0.0.1:40970'" {
		t.Errorf("the load has %q and %q", arguments, more)
	}
}

// Every published key is listed with what it is to a verifier, and every client
// with its name.
func TestAllKeysAndClientsAreListed(t *testing.T) {
	t.Parallel()
	d, idp := idpDriver(t, 80, 24)
	d.shows("snk_58327490114", "decoy", "client Char skc_81236540927734501 and 1 more")
	snap := idp.snapshot
	snap.Revision++
	for i := range 20 {
		snap.Decoys = append(snap.Decoys, IdPKey{ID: fmt.Sprintf("snk_%d", i), State: "decoy", Kind: "AKP", InJWKSet: true})
	}
	d.send(snapshotMsg{snap})
	d.shows("17 more: tab shows all keys", "snk_58327490113")
	d.keys("tab")
	d.shows("Char skc_81236540927734501", "with a secret", "skc_81236540927734502", "public, with PKCE")
	d.keys("tab", "tab", "z")
	d.shows("all keys", "signs new tokens", "not in the set: its tokens fail", "never signs: RSA for encryption", "its tokens still verify")
	d.hides("snk_19")
	d.keys("G")
	d.shows("snk_19", "never signs: AKP")
}

// Without an environment its keys explain that.
func TestKeysWithoutAnEnvironment(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	e.env = nil
	for _, key := range []string{"o", "u", "space", "s", "t", "Y"} {
		d := drive(t, e, Options{}, 80, 24)
		d.keys("3", key)
		d.shows("no mock environment")
	}
	d := drive(t, e, Options{}, 80, 24)
	d.keys("3", "enter", "tab", "k")
	d.send(tea.WindowSizeMsg{Width: 40, Height: 12})
}
