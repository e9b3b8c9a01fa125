package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/assay-id/assay/tui"
)

// Each switch makes a request go wrong, and off again makes it right.
func TestFaultSwitchesDoWhatTheySay(t *testing.T) {
	t.Parallel()
	e, err := newEngine(t.Context(), &app{}, uiFlags{implementation: "builtin"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.close)
	view, err := e.environment()
	if err != nil {
		t.Fatal(err)
	}
	before := view.Snapshot()
	client := http.Client{Timeout: 5 * time.Second}
	for _, s := range before.Switches {
		if err := view.Switch(s.ID); err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		snapshot := view.Snapshot()
		if !on(snapshot, s.ID) || len(snapshot.Faults) != 1 || snapshot.Revision == before.Revision {
			t.Errorf("%s is on, and the screen shows %v, %+v", s.ID, snapshot.Faults, snapshot.Switches)
		}
		if s.ID == "keys-503" {
			if got := status(t, &client, view.env.JWKSURI()); got != http.StatusServiceUnavailable {
				t.Errorf("%s: the JWK Set answers %d", s.ID, got)
			}
		}
		if err := view.Switch(s.ID); err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		if on(view.Snapshot(), s.ID) {
			t.Errorf("%s stays on", s.ID)
		}
	}
	if got := status(t, &client, view.env.JWKSURI()); got != http.StatusOK {
		t.Errorf("with all faults off the JWK Set answers %d", got)
	}
	if err := view.Switch("none"); err == nil {
		t.Error("a fault that does not exist is switched")
	}
}

func on(s tui.IdPSnapshot, id string) bool {
	for _, x := range s.Switches {
		if x.ID == id {
			return x.On
		}
	}
	return false
}

func status(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
