package corpus_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios/measure/corpus"
)

func ExampleProvider_Tokens() {
	provider := corpus.Provider{
		Issuer:   "https://acme.scalekit.example",
		ClientID: "skc_58327482062864390",
		Key:      keyring.NewSource(1).Key("corpus", "ES256"),
	}
	expired, err := corpus.CaseByName("expired")
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := provider.Tokens(context.Background(), corpus.Batch{
		Case: expired, Count: 256, IssuedAt: time.Now(), Lifetime: time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(tokens), "tokens of", strings.Count(tokens[0], ".")+1, "segments, verdict", expired.Verdict)
	// Output: 256 tokens of 3 segments, verdict TOKEN_EXPIRED
}
