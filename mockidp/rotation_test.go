package mockidp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestScheduledRotation lets two rotations pass. Every token verifies with
// the keys that are published at its time.
func TestScheduledRotation(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	e := only(t, mockidp.EnvironmentConfig{
		Now:      clock.now,
		Rotation: keyring.Schedule{Every: 30 * time.Second, Overlap: 10 * time.Second},
	})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	// The kids that are published, every ten seconds.
	wantPublished := []int{1, 1, 2, 2, 1, 2, 2, 1}
	signed := make(map[any]bool)
	for i, want := range wantPublished {
		if got := len(e.Ring().Published()); got != want {
			t.Errorf("after %d s %d keys are published, want %d", i*10, got, want)
		}
		header, _ := verify(t, c, e, login(t, c, rp).idToken())
		signed[header["kid"]] = true
		clock.advance(10 * time.Second)
	}
	if len(signed) != 3 {
		t.Errorf("%d keys have signed, want 3", len(signed))
	}
	if got := e.Ring().Schedule(); got.Every != 30*time.Second || len(got.Keys) != 3 || got.Keys[0].Alg() != "ES256" {
		t.Errorf("Schedule() = %+v", got)
	}
}

func TestRotationIsValidated(t *testing.T) {
	t.Parallel()
	for want, rotation := range map[string]keyring.Schedule{
		"Rotation: an overlap of 0s":         {Every: time.Minute},
		"Rotation: a rotation every 0s":      {Overlap: time.Second, Mode: keyring.SignAtOnce},
		`Rotation: rotation mode is "dance"`: {Every: time.Minute, Mode: "dance"},
		"Rotation: 0 keys to rotate to":      {Every: time.Minute, Mode: keyring.DropOld, Keys: []*keyring.Key{}},
	} {
		err := mockidp.EnvironmentConfig{Rotation: rotation}.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v, want an error with %q", err, want)
		}
	}
}

func TestEnvironmentsOfServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, mockidp.Config{})
	signing := []*keyring.Key{s.Keys().Key("any", "ES256")}
	for _, name := range []string{"b", "", "a"} {
		newEnvironment(t, s, name, mockidp.EnvironmentConfig{Signing: signing, NoDecoys: true})
	}
	s.Remove("b")
	var names []string
	for _, e := range s.Environments() {
		names = append(names, e.Name()+"|")
	}
	if got := strings.Join(names, ""); got != "|a|" {
		t.Errorf("Environments() = %q, want the root and a", got)
	}
	if s.Environment("b") != nil || s.Environment("a") != s.Environments()[1] {
		t.Errorf("Environment() finds the wrong one")
	}
}
