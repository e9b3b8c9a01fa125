package tui

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a user sets up is there in the next session.
func TestMemory(t *testing.T) {
	t.Parallel()
	var kept Memory
	opts := Options{Remember: func(m Memory) error { kept = m; return nil }}
	d := drive(t, newFakeEngine(t), opts, 80, 24)
	d.keys("T", "M", "s", "S", ">", "/")
	d.typed("@must !aud")
	d.keys("enter", "/")
	d.typed("eyJhbGciOiJSUzI1NiJ9.e30.x")
	d.keys("enter")
	want := Memory{
		Theme: ThemeLight, Split: splitWhole/2 + splitStep, NoMouse: true, Sort: "failures first", Group: "code",
		History: map[string][]string{"Scenarios": {"@must !aud"}},
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Fatalf("kept (-want +got):\n%s", diff)
	}

	opts.Memory = kept
	d = drive(t, newFakeEngine(t), opts, 80, 24)
	if got := d.a.look.chosen; got != ThemeLight {
		t.Errorf("the theme is %q", got)
	}
	d.shows("failures first, by code")
	d.keys("/", "up")
	d.shows("/@must !aud")
	if d.a.split != want.Split || d.a.pointer.on {
		t.Errorf("split %d, mouse %v", d.a.split, d.a.pointer.on)
	}
}

// A flag is for one session.
func TestOptionsWinOverMemory(t *testing.T) {
	t.Parallel()
	var kept Memory
	d := drive(t, newFakeEngine(t), Options{
		Theme: ThemeMono, NoMouse: true, Memory: Memory{Theme: ThemeLight},
		Remember: func(m Memory) error { kept = m; return nil },
	}, 80, 24)
	if d.a.look.chosen != ThemeMono {
		t.Errorf("the theme is %q, want that of the options", d.a.look.chosen)
	}
	d.keys("s")
	if kept.Theme != ThemeLight || kept.NoMouse {
		t.Errorf("kept %+v, want what was not changed", kept)
	}
}

func TestMemoryOfAnotherVersion(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{Memory: Memory{Theme: "pink", Split: -7, Sort: "moon", Group: "sun"}}, 80, 24)
	checkFrame(t, d.a, 80, 24)
	if d.a.look.chosen != "" || d.a.split != splitWhole/8 {
		t.Errorf("theme %q, split %d", d.a.look.chosen, d.a.split)
	}
}

// That something cannot be kept is said once.
func TestMemoryThatCannotBeKept(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{
		Notice: "the old one was broken", Remember: func(Memory) error { return errors.New("disk is full") },
	}, 80, 24)
	d.shows("the old one was broken")
	d.keys("T")
	d.shows("not remembered: disk is full")
	d.keys("T")
	d.shows("theme 16")
}

// Two changes may be written in any order: the latest stays.
func TestTheLatestMemoryStays(t *testing.T) {
	t.Parallel()
	var kept Memory
	k := &keeper{write: func(m Memory) error { kept = m; return nil }}
	if err := errors.Join(k.keep(2, Memory{Split: 2}), k.keep(1, Memory{Split: 1})); err != nil || kept.Split != 2 {
		t.Errorf("kept %+v, %v", kept, err)
	}
}
