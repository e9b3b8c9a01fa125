package totp_test

import (
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/internal/totp"
)

// TestCode has the vectors of RFC 6238, appendix B for SHA-1, cut to six
// digits.
func TestCode(t *testing.T) {
	t.Parallel()
	key := []byte("12345678901234567890")
	for seconds, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step := totp.At(time.Unix(seconds, 0))
		if got := totp.Code(key, step); got != want {
			t.Errorf("Code() at %d = %s, want %s", seconds, got, want)
		}
		for away, found := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			if got, ok := totp.Find(key, want, step+away, totp.Window); ok != found || ok && got != step {
				t.Errorf("Find() of %d at %d steps away = %d, %t", seconds, away, got, ok)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	secret := totp.Encode([]byte("12345678901234567890"))
	if key, err := totp.Decode(secret); err != nil || string(key) != "12345678901234567890" {
		t.Errorf("Decode(%s) = %q, %v", secret, key, err)
	}
	for _, wrong := range []string{"", "GEZDGNBV", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", secret + "1"} {
		if key, err := totp.Decode(wrong); err == nil {
			t.Errorf("Decode(%q) = %q", wrong, key)
		}
	}
}

func TestURI(t *testing.T) {
	t.Parallel()
	const want = "otpauth://totp/Paper%20&%20Clips:ada@example.com?issuer=Paper%20%26%20Clips&secret=ABC"
	if got := totp.URI("ABC", "Paper & Clips", "ada@example.com"); got != want {
		t.Errorf("URI() = %s, want %s", got, want)
	}
}
