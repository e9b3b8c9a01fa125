package verifier

import (
	"fmt"
	"testing"
	"time"
)

// However many key IDs are looked for in vain, the number remembered is
// bounded, and those whose pause is over make room for others.
func TestPacingRemembersABoundedNumber(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	miss := func(p *pacing, n int, at time.Time) wantedKey {
		want := wanted(KeyQuery{KeyID: fmt.Sprint("snk_", n), HasKeyID: true})
		p.remember(want, at)
		return want
	}
	p := pacing{unknownKeys: bucket{burst: unknownKeyBurst, interval: unknownKeyRefill}}
	first := miss(&p, 0, now)
	for n := 1; n < 2*maxUnknownKeys; n++ {
		miss(&p, n, now)
	}
	if len(p.unknown) != maxUnknownKeys {
		t.Errorf("%d key IDs are remembered, want %d", len(p.unknown), maxUnknownKeys)
	}
	if err := p.permit(now, TriggerUnknownKey, first); err == nil || err.RetryAfter != firstUnknownKeyPause {
		t.Errorf("permit(the first) = %v, want a refusal for %v", err, firstUnknownKeyPause)
	}

	now = now.Add(laterUnknownKeyPause)
	last := miss(&p, -1, now)
	if len(p.unknown) != 1 {
		t.Errorf("%d key IDs are remembered when the pauses of all but one are over, want 1",
			len(p.unknown))
	}
	if err := p.permit(now, TriggerUnknownKey, last); err == nil {
		t.Error("permit(the last) = nil, want a refusal")
	}
	if err := p.permit(now, TriggerUnknownKey, first); err != nil {
		t.Errorf("permit(the first) = %v, want a fetch", err)
	}
}

// The pauses after failures double from a second to a minute, less a fifth of
// jitter at most.
func TestBackOff(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second, 7: time.Minute, 64: time.Minute, 1 << 30: time.Minute,
	} {
		for range 100 {
			if got := backOff(n); got > want || got < want*4/5 {
				t.Errorf("backOff(%d) = %v, want %v less a fifth at most", n, got, want)
			}
		}
	}
}
