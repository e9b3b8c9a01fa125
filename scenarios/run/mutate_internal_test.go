package run

import (
	"math/rand/v2"
	"testing"
)

// An edit that leaves the bytes as they are would make a good token of the
// corpus, which a verifier may accept.
func TestDiffers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"the same", "YQ.YQ.YQ", "YQ.YQ.YQ", false},
		{"another byte", "YQ.YQ.YQ", "YQ.Yg.YQ", true},
		{"unused bits", "YQ.YQ.YQ", "YQ.YR.YQ", false},
		{"no base64url", "YQ.YQ.YQ", "YQ.Y.YQ", true},
		{"a segment less", "YQ.YQ.YQ", "YQ.YQ", true},
	}
	for _, test := range tests {
		if got := differs(test.a, test.b); got != test.want {
			t.Errorf("%s: differs(%q, %q) = %v, want %v", test.name, test.a, test.b, got, test.want)
		}
	}
}

func TestEditsOfMembersChangeThem(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	const header = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0" // {"alg":"RS256","kid":"k1"}
	changed := 0
	for range 100 {
		if editMember(rng, header) != header {
			changed++
		}
	}
	if changed < 95 {
		t.Errorf("%d of 100 edits of members change the header", changed)
	}
}

func TestCountLabelled(t *testing.T) {
	t.Parallel()
	const profile = `goroutine profile: total 8
3 @ 0x1 0x2
# labels: {"assay-case":"mine"}
#	0x1	main.a

1 @ 0x3
#	0x3	main.b

4 @ 0x4
# labels: {"assay-case":"another"}
`
	if got := countLabelled(profile, `"assay-case":"mine"`); got != 3 {
		t.Errorf("countLabelled = %d, want 3", got)
	}
}
