// Package totp computes and checks time-based one-time passwords as
// authenticator apps show them. RFC 6238 and RFC 4226. Its functions are safe
// for concurrent use.
package totp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Step is how long a code is shown. RFC 6238, 5.2 recommends 30 s, and
// authenticator apps support nothing else reliably.
const Step = 30 * time.Second

// Window is how many steps the clock of an authenticator may be wrong, either
// way. RFC 6238, 5.2 and 6.
const Window = 1

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// Encode returns a secret as apps take it: base32 without padding.
func Encode(secret []byte) string { return encoding.EncodeToString(secret) }

// Decode reads a secret in base32. RFC 4226, 4 demands 128 bits at least.
func Decode(secret string) ([]byte, error) {
	key, err := encoding.DecodeString(secret)
	switch {
	case err != nil:
		return nil, fmt.Errorf("not base32 in capitals without padding")
	case len(key) < 16:
		return nil, fmt.Errorf("%d bits long, want 128 at least", len(key)*8)
	}
	return key, nil
}

// At returns the number of the step that a time is in.
func At(t time.Time) int64 { return t.Unix() / int64(Step/time.Second) }

// Code returns the six digits for a step. RFC 4226, 5.3.
func Code(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1e6)
}

// Find returns the step within distance of now that has the code, the nearest
// one if there are several.
func Find(key []byte, code string, now, distance int64) (step int64, ok bool) {
	for away := int64(0); away <= distance; away++ {
		for _, step := range []int64{now - away, now + away} {
			if hmac.Equal([]byte(Code(key, step)), []byte(code)) {
				return step, true
			}
		}
	}
	return 0, false
}

// URI returns the address by which apps take over a secret, in Google
// Authenticator's Key URI format.
func URI(secret, issuer, account string) string {
	query := url.Values{"secret": {secret}, "issuer": {issuer}}
	// The format knows no plus sign for a space.
	return "otpauth://totp/" + url.PathEscape(issuer+":"+account) + "?" +
		strings.ReplaceAll(query.Encode(), "+", "%20")
}
