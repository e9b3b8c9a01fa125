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

// scheduled returns a ring that follows a schedule of two keys, every minute,
// and its clock, which starts at zero.
func scheduled(t *testing.T, s keyring.Schedule) (*keyring.Ring, *time.Duration) {
	t.Helper()
	source := keyring.NewSource(1)
	elapsed := new(time.Duration)
	ring := keyring.NewRing(func() time.Time { return time.Unix(0, 0).Add(*elapsed) }, source.Key("first", "ES256").WithID("k0"))
	s.Every = time.Minute
	s.Keys = []*keyring.Key{source.Key("a", "ES256"), source.Key("b", "EdDSA")}
	if err := ring.Follow(s); err != nil {
		t.Fatalf("Follow() = %v", err)
	}
	return ring, elapsed
}

// names replaces the key IDs by k0, k1, … in the order of their appearance.
type names map[string]string

func (n names) of(kid string) string {
	if n[kid] == "" {
		n[kid] = fmt.Sprint("k", len(n))
	}
	return n[kid]
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	const overlap = 10 * time.Second
	// What signs, and what two requests are served, at the second.
	tests := []struct {
		mode    keyring.Mode
		overlap time.Duration
		want    []string
	}{
		{keyring.PublishThenSign, overlap, []string{
			"0 k0: k0 k0", "49 k0: k0 k0", "50 k0: k0,k1 k0,k1", "60 k1: k0,k1 k0,k1", "69 k1: k0,k1 k0,k1", "70 k1: k1 k1",
			"110 k1: k1,k2 k1,k2", "120 k2: k1,k2 k1,k2", "130 k2: k2 k2",
		}},
		{"", overlap, []string{"55 k0: k0,k1 k0,k1", "65 k1: k0,k1 k0,k1"}},
		{keyring.SignAtOnce, overlap, []string{"59 k0: k0 k0", "60 k1: k0,k1 k0,k1", "70 k1: k1 k1", "120 k2: k1,k2 k1,k2", "130 k2: k2 k2"}},
		{keyring.DropOld, 0, []string{"59 k0: k0 k0", "60 k1: k1 k1", "120 k2: k2 k2"}},
		{keyring.KidReuse, 0, []string{"60 k0: k0 k0", "120 k0: k0 k0"}},
		{keyring.Unpublished, 0, []string{"60 k1: k0 k0", "120 k2: k0 k0"}},
		{keyring.Rollback, overlap, []string{"60 k1: k0,k1 k0,k1", "70 k1: k0 k0", "120 k2: k0,k2 k0,k2", "130 k2: k0 k0"}},
		{keyring.Flapping, overlap, []string{"60 k1: k0 k0,k1", "70 k1: k1 k1", "120 k2: k1 k1,k2", "130 k2: k2 k2"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.mode), func(t *testing.T) {
			t.Parallel()
			ring, elapsed := scheduled(t, keyring.Schedule{Mode: tt.mode, Overlap: tt.overlap})
			named := names{"k0": "k0"}
			for _, want := range tt.want {
				var second int
				if _, err := fmt.Sscan(want, &second); err != nil {
					t.Fatal(err)
				}
				*elapsed = time.Duration(second) * time.Second
				var served []string
				for range 2 {
					var kids []string
					for _, k := range ring.Serve() {
						kids = append(kids, named.of(k.ID()))
					}
					served = append(served, strings.Join(kids, ","))
				}
				if got := fmt.Sprintf("%d %s: %s", second, named.of(ring.Signing().ID()), strings.Join(served, " ")); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// TestScheduleCatchesUp looks at a ring after a long time. What happened is
// told with the times at which it should have.
func TestScheduleCatchesUp(t *testing.T) {
	t.Parallel()
	ring, elapsed := scheduled(t, keyring.Schedule{Mode: keyring.SignAtOnce, Overlap: time.Second})
	*elapsed = 150 * time.Second
	var got []string
	for _, c := range ring.Changes() {
		got = append(got, fmt.Sprint(c.At.Unix(), " ", c.Cause))
	}
	if diff := cmp.Diff([]string{"0 initial", "60 sign-at-once", "61 retire", "120 sign-at-once", "121 retire"}, got); diff != "" {
		t.Errorf("Changes() (-want +got):\n%s", diff)
	}
	// Seen for the last time between a rotation and its end, and for the next
	// time a year later, between two rotations.
	*elapsed = 180 * time.Second
	if n := len(ring.Published()); n != 2 {
		t.Errorf("during a rotation %d keys are published, want 2", n)
	}
	*elapsed = 365*24*time.Hour + 30*time.Second
	if n := len(ring.Published()); n != 1 {
		t.Errorf("after a year %d keys are published, want 1", n)
	}
	changes := ring.Changes()
	if last := changes[len(changes)-1].At; last.Before(time.Unix(0, 0).Add(*elapsed-2*time.Minute)) || len(changes) > 1200 {
		t.Errorf("after a year there are %d changes, the last one at %v", len(changes), last)
	}
	if err := ring.Follow(keyring.Schedule{}); err != nil {
		t.Fatal(err)
	}
	before := ring.Generation()
	*elapsed += time.Hour
	if ring.Generation() != before || ring.Schedule().Every != 0 {
		t.Errorf("the ring rotates after it was told to stop")
	}
}

// TestScheduleAndHand rotates by hand in between.
func TestScheduleAndHand(t *testing.T) {
	t.Parallel()
	ring, elapsed := scheduled(t, keyring.Schedule{Mode: keyring.SignAtOnce, Overlap: 10 * time.Second})
	*elapsed = 65 * time.Second
	hand := keyring.NewSource(2).Key("hand", "ES256")
	if err := ring.Rotate(keyring.DropOld, hand); err != nil {
		t.Fatal(err)
	}
	if ring.Signing() != hand {
		t.Errorf("the key by hand does not sign")
	}
	*elapsed = 75 * time.Second
	if got := ring.Published(); len(got) != 1 || got[0] != hand {
		t.Errorf("published are %d keys, want the one by hand", len(got))
	}
	*elapsed = 120 * time.Second
	if ring.Signing() == hand || ring.ByID(hand.ID()) != hand {
		t.Errorf("the schedule does not continue")
	}
	if s := ring.Schedule(); s.Every != time.Minute || len(s.Keys) != 2 {
		t.Errorf("Schedule() = %+v", s)
	}
}

func TestScheduleRefuses(t *testing.T) {
	t.Parallel()
	key := keyring.NewSource(1).Key("k", "ES256")
	keys := []*keyring.Key{key}
	tests := []struct {
		schedule keyring.Schedule
		want     string
	}{
		{keyring.Schedule{Keys: keys}, "a rotation every 0s"},
		{keyring.Schedule{Every: -1, Overlap: 1, Keys: keys}, "a rotation every -1ns"},
		{keyring.Schedule{Every: time.Minute, Overlap: 31 * time.Second, Keys: keys}, "at most half of 1m0s"},
		{keyring.Schedule{Every: time.Minute, Keys: keys}, "an overlap of 0s, want more than 0"},
		{keyring.Schedule{Every: time.Minute, Mode: keyring.Flapping, Overlap: time.Minute, Keys: keys}, `less than 1m0s in the mode "flapping"`},
		{keyring.Schedule{Every: time.Minute, Mode: keyring.DropOld, Overlap: 1, Keys: keys}, `want none in the mode "drop-old"`},
		{keyring.Schedule{Every: time.Minute, Mode: "dance", Keys: keys}, `rotation mode is "dance"`},
		{keyring.Schedule{Every: time.Minute, Mode: keyring.DropOld}, "0 keys to rotate to"},
		{keyring.Schedule{Every: time.Minute, Mode: keyring.DropOld, Keys: []*keyring.Key{nil}}, "none that is nil"},
	}
	for _, tt := range tests {
		ring := keyring.NewRing(nil, key)
		if err := ring.Follow(tt.schedule); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Follow(%+v) = %v, want an error with %q", tt.schedule, err, tt.want)
		}
	}
}

// TestRingForgets rotates until the oldest key ID is forgotten, and no later
// one.
func TestRingForgets(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	key := source.Key("k", "ES256")
	ring := keyring.NewRing(nil, key.WithID("k0"))
	for i := 1; i <= 4096; i++ {
		if err := ring.Rotate(keyring.DropOld, key.WithID(fmt.Sprint("k", i))); err != nil {
			t.Fatal(err)
		}
	}
	if ring.ByID("k0") != nil || ring.ByID("k1") == nil || ring.ByID("k4096") == nil {
		t.Errorf("k0 is known: %v, k1: %v, the last one: %v",
			ring.ByID("k0") != nil, ring.ByID("k1") != nil, ring.ByID("k4096") != nil)
	}
	for i := range 100 {
		if err := ring.Rotate(keyring.KidReuse, source.Key(fmt.Sprint("other", i), "ES256")); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(ring.AllByID("k4096")); got != 64 {
		t.Errorf("of a key ID that was used 101 times %d keys are known, want 64", got)
	}
}

func TestScheduleIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	ring := keyring.NewRing(nil, source.Key("first", "ES256"))
	err := ring.Follow(keyring.Schedule{
		Every: 5 * time.Millisecond, Overlap: time.Millisecond, Keys: []*keyring.Key{source.Key("a", "ES256"), source.Key("b", "ES256")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 500 {
				signs := ring.Signing()
				if ring.ByID(signs.ID()) == nil || len(ring.Serve()) == 0 {
					t.Errorf("the key %s is not known", signs.ID())
				}
			}
		})
	}
	all.Wait()
}
