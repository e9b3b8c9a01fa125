package versus

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// Echo is an adapter that verifies nothing: it answers every token with its
// claims. It shows what the protocol takes.
func Echo(in io.Reader, out io.Writer) error {
	return protocol.Serve(protocol.Adapter{
		Description: protocol.Description{Name: "echo", Setup: "verifies nothing", Reasons: "none"},
		Open: func(context.Context, protocol.Setup, func() time.Time) (protocol.Verify, error) {
			return func(_ context.Context, token string, _ protocol.Input) (any, error) {
				parts := strings.Split(token, ".")
				if len(parts) != 3 {
					return nil, errors.New("not a compact serialization")
				}
				claims, err := base64.RawURLEncoding.DecodeString(parts[1])
				return json.RawMessage(claims), err
			}, nil
		},
	}, in, out)
}
