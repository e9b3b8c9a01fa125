package keyring_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/keyring"
)

// named returns a key whose kid is name.
func named(source *keyring.Source, name string) *keyring.Key {
	return source.Key(name, "EdDSA").WithID(name)
}

func ids(keys []*keyring.Key) string {
	var out []string
	for _, k := range keys {
		out = append(out, k.ID())
	}
	return strings.Join(out, " ")
}

func TestRotate(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k1, k2, k3 := named(source, "k1"), named(source, "k2"), named(source, "k3")
	rotate := func(mode keyring.Mode, next *keyring.Key) func(*keyring.Ring) error {
		return func(r *keyring.Ring) error { return r.Rotate(mode, next) }
	}
	promote := func(kid string) func(*keyring.Ring) error {
		return func(r *keyring.Ring) error { return r.Promote(kid) }
	}
	retire := func(kid string) func(*keyring.Ring) error {
		return func(r *keyring.Ring) error { return r.Retire(kid) }
	}
	steps := func(s ...func(*keyring.Ring) error) []func(*keyring.Ring) error { return s }
	tests := []struct {
		name      string
		steps     []func(*keyring.Ring) error
		signing   *keyring.Key
		published string
	}{
		{"initial", nil, k1, "k1"},
		{"publish then sign, first half", steps(rotate(keyring.PublishThenSign, k2)), k1, "k1 k2"},
		{"publish then sign, second half", steps(rotate(keyring.PublishThenSign, k2), promote("k2")), k2, "k1 k2"},
		{"sign at once", steps(rotate(keyring.SignAtOnce, k2)), k2, "k1 k2"},
		{"sign at once with a published key", steps(rotate(keyring.SignAtOnce, k2), rotate(keyring.SignAtOnce, k1)), k1, "k1 k2"},
		{"drop old", steps(rotate(keyring.DropOld, k2)), k2, "k2"},
		{"drop old leaves other keys", steps(rotate(keyring.SignAtOnce, k2), rotate(keyring.DropOld, k3)), k3, "k1 k3"},
		{"unpublished", steps(rotate(keyring.Unpublished, k2)), k2, "k1"},
		{"drop old after unpublished", steps(rotate(keyring.Unpublished, k2), rotate(keyring.DropOld, k3)), k3, "k1 k3"},
		{"kid reuse", steps(rotate(keyring.KidReuse, k2)), k2.WithID("k1"), "k1"},
		{"kid reuse keeps the place", steps(rotate(keyring.PublishThenSign, k2), rotate(keyring.KidReuse, k3)), k3.WithID("k1"), "k1 k2"},
		{"rollback", steps(rotate(keyring.SignAtOnce, k2), rotate(keyring.Rollback, nil)), k2, "k1"},
		{"rollback twice", steps(rotate(keyring.SignAtOnce, k2), rotate(keyring.Rollback, nil), rotate(keyring.Rollback, nil)), k2, "k1 k2"},
		{"retire", steps(rotate(keyring.SignAtOnce, k2), retire("k1")), k2, "k2"},
		{"retire the signing key", steps(retire("k1")), k1, ""},
		{"rollback of a retirement", steps(retire("k1"), rotate(keyring.Rollback, nil)), k1, "k1"},
		{"flapping ends with the next change", steps(rotate(keyring.Flapping, k2), rotate(keyring.SignAtOnce, k3)), k3, "k1 k2 k3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ring := keyring.NewRing(nil, k1)
			for i, step := range tt.steps {
				if err := step(ring); err != nil {
					t.Fatalf("step %d: %v", i, err)
				}
			}
			if got := ring.Signing(); got.ID() != tt.signing.ID() || !got.Same(tt.signing) {
				t.Errorf("Signing() = %s, want %s (same key: %v)",
					got.ID(), tt.signing.ID(), got.Same(tt.signing))
			}
			if got := ids(ring.Published()); got != tt.published {
				t.Errorf("Published() = %q, want %q", got, tt.published)
			}
			for range 3 {
				if got := ids(ring.Serve()); got != tt.published {
					t.Errorf("Serve() = %q, want %q", got, tt.published)
				}
			}
			if got, want := ring.Generation(), uint64(len(tt.steps)); got != want {
				t.Errorf("Generation() = %d, want %d", got, want)
			}
		})
	}
}

func TestFlapping(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	tests := []struct {
		name string
		next *keyring.Key
	}{
		{"of the last two sets", nil},
		{"with a key", named(source, "k2")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ring := keyring.NewRing(nil, named(source, "k1"))
			if tt.next == nil {
				if err := ring.Rotate(keyring.SignAtOnce, named(source, "k2")); err != nil {
					t.Fatal(err)
				}
			}
			if err := ring.Rotate(keyring.Flapping, tt.next); err != nil {
				t.Fatal(err)
			}
			for i, want := range []string{"k1", "k1 k2", "k1", "k1 k2"} {
				if got := ids(ring.Published()); got != want {
					t.Errorf("before request %d: Published() = %q, want %q", i, got, want)
				}
				if got := ids(ring.Serve()); got != want {
					t.Errorf("request %d: Serve() = %q, want %q", i, got, want)
				}
			}
			if got := ring.Signing().ID(); got != "k2" {
				t.Errorf("Signing() = %s, want k2", got)
			}
		})
	}
}

func TestRotateErrors(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k1, k2 := named(source, "k1"), named(source, "k2")
	tests := []struct {
		name string
		do   func(*keyring.Ring) error
		want string
	}{
		{"unknown mode", func(r *keyring.Ring) error { return r.Rotate("sideways", k2) }, `"sideways"`},
		{"no mode", func(r *keyring.Ring) error { return r.Rotate("", k2) }, `mode is ""`},
		{"no key", func(r *keyring.Ring) error { return r.Rotate(keyring.SignAtOnce, nil) }, "needs a key"},
		{"rollback with a key", func(r *keyring.Ring) error { return r.Rotate(keyring.Rollback, k2) }, `takes no key, got "k2"`},
		{"rollback of nothing", func(r *keyring.Ring) error { return r.Rotate(keyring.Rollback, nil) }, "needs a former set"},
		{"flapping of nothing", func(r *keyring.Ring) error { return r.Rotate(keyring.Flapping, nil) }, "needs a former set"},
		{"kid of another key", func(r *keyring.Ring) error { return r.Rotate(keyring.SignAtOnce, k2.WithID("k1")) }, `has the kid "k1"`},
		{"promote a stranger", func(r *keyring.Ring) error { return r.Promote("k9") }, `"k9", want a published one: ["k1"]`},
		{"retire a stranger", func(r *keyring.Ring) error { return r.Retire("k9") }, `"k9", want a published one: ["k1"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ring := keyring.NewRing(nil, k1)
			if err := tt.do(ring); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %s", err, tt.want)
			}
			if got := ring.Generation(); got != 0 {
				t.Errorf("Generation() = %d after a refused change, want 0", got)
			}
			if got := ids(ring.Published()); got != "k1" {
				t.Errorf("Published() = %q after a refused change, want k1", got)
			}
		})
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k1, k2, k3 := named(source, "k1"), named(source, "k2"), named(source, "k3")
	ring := keyring.NewRing(nil, k1, k3)
	for _, step := range []struct {
		mode keyring.Mode
		next *keyring.Key
	}{{keyring.DropOld, k2}, {keyring.KidReuse, k1}, {keyring.Unpublished, named(source, "k4")}} {
		if err := ring.Rotate(step.mode, step.next); err != nil {
			t.Fatal(err)
		}
	}
	for _, kid := range []string{"k1", "k2", "k3", "k4"} {
		if got := ring.ByID(kid); got == nil || got.ID() != kid {
			t.Errorf("ByID(%s) = %v", kid, got)
		}
	}
	if got := ring.ByID("k9"); got != nil {
		t.Errorf("ByID(k9) = %s, want nothing", got.ID())
	}
	if got := ring.ByID("k2"); !got.Same(k1) {
		t.Errorf("ByID(k2) is not the key that reused the kid")
	}
	if got := ring.AllByID("k2"); len(got) != 2 || !got[1].Same(k2) {
		t.Errorf("AllByID(k2) has %d keys, want the new and the old one", len(got))
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	now := at
	ring := keyring.NewRing(func() time.Time { return now }, named(source, "k1"))
	now = now.Add(time.Hour)
	if err := ring.Rotate(keyring.PublishThenSign, named(source, "k2")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if err := ring.Promote("k2"); err != nil {
		t.Fatal(err)
	}
	if err := ring.Retire("k1"); err != nil {
		t.Fatal(err)
	}
	want := []keyring.Change{
		{0, at, "initial", "k1", []string{"k1"}},
		{1, at.Add(time.Hour), "publish-then-sign", "k1", []string{"k1", "k2"}},
		{2, at.Add(2 * time.Hour), "promote", "k2", []string{"k1", "k2"}},
		{3, at.Add(2 * time.Hour), "retire", "k2", []string{"k2"}},
	}
	if diff := cmp.Diff(want, ring.Changes()); diff != "" {
		t.Errorf("Changes() (-want +got):\n%s", diff)
	}
	ring.Changes()[0].Published[0] = "changed by the caller"
	if diff := cmp.Diff(want, ring.Changes()); diff != "" {
		t.Errorf("Changes() after the caller changed them (-want +got):\n%s", diff)
	}
}

func TestChangesAreBounded(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	k1, k2 := named(source, "k1"), named(source, "k2")
	ring := keyring.NewRing(nil, k1)
	const rotations = 3000
	for i := range rotations {
		next := []*keyring.Key{k2, k1}[i%2]
		if err := ring.Rotate(keyring.DropOld, next); err != nil {
			t.Fatal(err)
		}
	}
	changes := ring.Changes()
	if len(changes) != 1200 {
		t.Errorf("Changes() has %d entries, want 1200", len(changes))
	}
	if got := changes[len(changes)-1].Generation; got != rotations {
		t.Errorf("the last change is number %d, want %d", got, rotations)
	}
}

// TestRingIsSafeForConcurrentUse has nothing to compare: the race detector
// judges it, and every answer must be whole.
func TestRingIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	ring := keyring.NewRing(nil, named(source, "k0"))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				next := named(source, fmt.Sprintf("k%d", (i+w)%7))
				mode := keyring.Modes()[i%len(keyring.Modes())]
				if mode == keyring.Rollback {
					next = nil
				}
				// A refusal (kid in use) is as good as a change here.
				_ = ring.Rotate(mode, next)
			}
		})
		wg.Go(func() {
			for range 200 {
				k := ring.Signing()
				if ring.ByID(k.ID()) == nil {
					t.Errorf("ByID(%s) = nil for the key that signs", k.ID())
				}
				ring.Serve()
				ring.Published()
				ring.Changes()
			}
		})
	}
	wg.Wait()
}

// FuzzRingNeverForgetsAKey drives a ring with any sequence of changes.
// Whatever happens, each key that was served or has signed is found by its
// kid, and no set has two keys under one kid.
func FuzzRingNeverForgetsAKey(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{31, 61, 92, 15, 15, 6, 46, 8})
	f.Add([]byte("flapping and rollback by turns"))
	source := keyring.NewSource(1)
	f.Fuzz(func(t *testing.T, script []byte) {
		ring := keyring.NewRing(nil, named(source, "k0"))
		modes := keyring.Modes()
		seen := []*keyring.Key{ring.Signing()}
		for _, b := range script {
			action, key := int(b)%(len(modes)+2), named(source, fmt.Sprintf("k%d", int(b)/(len(modes)+2)%4))
			before := ring.Generation()
			var err error
			switch {
			case action == len(modes):
				err = ring.Promote(key.ID())
			case action == len(modes)+1:
				err = ring.Retire(key.ID())
			case modes[action] == keyring.Rollback:
				err = ring.Rotate(keyring.Rollback, nil)
			default:
				err = ring.Rotate(modes[action], key)
			}
			if err != nil && before != ring.Generation() {
				t.Fatalf("a refused change counted: %v", err)
			}
			seen = append(seen, ring.Signing())
			served := ring.Serve()
			seen = append(seen, served...)
			kids := make(map[string]bool)
			for _, k := range served {
				if kids[k.ID()] {
					t.Fatalf("two keys under kid %s in one set: %s", k.ID(), ids(served))
				}
				kids[k.ID()] = true
			}
		}
		for _, k := range seen {
			found := false
			for _, other := range ring.AllByID(k.ID()) {
				found = found || other.Same(k)
			}
			if !found {
				t.Fatalf("key %s is forgotten", k.ID())
			}
		}
	})
}
