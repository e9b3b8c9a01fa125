package plain

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// endpoint tells the requests to one of the two endpoints from those to the
// other.
type endpoint func(*http.Request) bool

func ofMetadata(req *http.Request) bool {
	return strings.HasSuffix(req.URL.Path, "/.well-known/openid-configuration")
}

func ofKeys(req *http.Request) bool { return !ofMetadata(req) }

// misreadsStatus reads the body of an answer with such a status as if that were
// 200.
func misreadsStatus(of endpoint, good func(status int) bool) bend {
	return roundTrips(func(req *http.Request, next http.RoundTripper) (*http.Response, error) {
		res, err := next.RoundTrip(req)
		if err == nil && of(req) && good(res.StatusCode) {
			res.StatusCode = http.StatusOK
		}
		return res, err
	})
}

// refusesMetadata refuses metadata for their size or their header.
func refusesMetadata(faulty func(res *http.Response) bool) bend {
	return readsBody(func(res *http.Response, limit int64) ([]byte, error) {
		if ofMetadata(res.Request) && faulty(res) {
			return nil, errors.New("other metadata than expected")
		}
		return readUpTo(res, limit)
	})
}

// readsMetadataAs rewrites the text of the metadata before it is parsed.
func readsMetadataAs(rewrite func(text []byte) []byte) bend {
	return readsBody(func(res *http.Response, limit int64) ([]byte, error) {
		text, err := readUpTo(res, limit)
		if err == nil && ofMetadata(res.Request) {
			text = rewrite(text)
		}
		return text, err
	})
}

// endpointLiars are careful with one of the two endpoints, and not with the
// other.
func endpointLiars() []Liar {
	return []Liar{
		{"metadata-any-2xx", "It reads the metadata out of every answer with a status of 2xx.", ids{"disc.other-2xx"},
			misreadsStatus(ofMetadata, func(status int) bool { return status/100 == 2 })},
		{"metadata-any-status", "It reads the metadata out of every answer, whatever its status.", ids{"disc.error-with-metadata", "disc.other-2xx", "disc.other-3xx"},
			misreadsStatus(ofMetadata, func(int) bool { return true })},
		{"keys-any-status", "It reads the keys out of every answer that is no redirect, whatever its status.", ids{"fetch.error-with-set"},
			misreadsStatus(ofKeys, func(status int) bool { return status/100 != 3 })},
		{"errors-from-400", "It mistakes a status of 3xx for success.", ids{"fetch.other-3xx", "disc.other-3xx"},
			misreadsStatus(func(*http.Request) bool { return true }, func(status int) bool { return status < 400 })},
		{"metadata-may-move", "It follows a redirect of the metadata anywhere.", ids{"disc.redirect-internal", "disc.redirect-downgrade"},
			func(h *habits) {
				h.network.redirect = func(next *http.Request, via []*http.Request) error {
					if ofMetadata(via[0]) && len(via) <= mostRedirects {
						return nil
					}
					return withinOrigin(next, via)
				}
			}},
		{"metadata-uncompressed", "It cannot read metadata that are compressed.", ids{"disc.gzip"},
			refusesMetadata(func(res *http.Response) bool { return res.Uncompressed })},
		{"metadata-exact-type", "It wants to see application/json, and no more than that, over metadata.", ids{"disc.media-types"},
			refusesMetadata(func(res *http.Response) bool {
				got := res.Header.Get("Content-Type")
				return got == "" || strings.Contains(got, ";")
			})},
		{"metadata-16k", "It refuses metadata of more than 16 KiB.", ids{"disc.large"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				if ofMetadata(res.Request) {
					limit = 16 << 10
				}
				return readUpTo(res, limit)
			})},
		{"metadata-first-value", "It reads the first JSON value of the metadata and ignores what follows.", ids{"disc.trailing-data"},
			readsMetadataAs(firstValue)},
		{"metadata-any-charset", "It reads metadata in UTF-16.", ids{"disc.utf16"}, readsMetadataAs(fromUTF16)},
		{"metadata-part", "It mistakes the part of the metadata that came before an error for the whole.", ids{"disc.cut-off", "disc.gzip-corrupt"},
			readsBody(func(res *http.Response, limit int64) ([]byte, error) {
				if ofKeys(res.Request) {
					return readUpTo(res, limit)
				}
				text, _ := io.ReadAll(io.LimitReader(res.Body, limit))
				return text, nil
			})},
		{"metadata-no-pause", "It does not read Retry-After when metadata are unavailable.", ids{"disc.503-retry-after"},
			func(h *habits) {
				h.metadata.locate = func(s *keySource, ctx context.Context) (string, time.Duration, *verifier.Error) {
					jwksURI, _, refusal := discover(s, ctx)
					return jwksURI, 0, refusal
				}
			}},
	}
}
