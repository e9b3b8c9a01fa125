package implementations_test

import (
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// A login and its name must reach a foreign client, and what it holds
// afterwards must come back.
func TestForeignClientsRefresh(t *testing.T) {
	t.Parallel()
	remote, err := implementations.NewHTTP(t.Context(), hostileServer(t).URL, ample)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	program, err := startProgram(t, "honest", ample)
	if err != nil {
		t.Fatal(err)
	}
	for name, implementation := range map[string]implementations.Implementation{"http": remote, "exec": program} {
		client, ok := openVerifier(t, implementation).(implementations.Refresher)
		if !ok {
			t.Errorf("%s: a session has no operation to refresh", name)
			continue
		}
		for refreshToken, want := range map[string]scenarios.Verdict{"first": scenarios.Accept, "": scenarios.Reject} {
			got, err := client.Begin(t.Context(), implementations.Login{Name: "tab", RefreshToken: refreshToken})
			if err != nil || got.Verdict != want {
				t.Errorf("%s: Begin(%q) = %v, %v, want %s", name, refreshToken, got, err, want)
			}
		}
		got, err := client.Refresh(t.Context(), "tab")
		if err != nil || got.Verdict != scenarios.Accept || got.Session == nil || got.Session.AccessToken != "second of tab" {
			t.Errorf("%s: Refresh = %+v, %v, want accept with the second access token of tab",
				name, got, err)
		}
	}
}
