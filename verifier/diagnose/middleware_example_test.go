package diagnose_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

// A service in development answers why it refuses a token: the first cause, and
// what to do.
func Example_middleware() {
	cfg := verifier.Config{Issuer: "https://acme.scalekit.com", Audience: []string{"skc_58327482062864390"}}
	v, err := verifier.New(cfg)
	if err != nil {
		panic(err)
	}
	defer v.Close()
	explain := func(r *http.Request, rawIDToken string, _ error) (string, []byte) {
		d := diagnose.Diagnose(r.Context(), diagnose.Request{Token: rawIDToken, Config: cfg, Keys: v.KeyState(r.Context())})
		if len(d.Causes) == 0 {
			return "", nil
		}
		body, err := json.Marshal(map[string]string{"cause": d.Causes[0].Text, "do": d.Causes[0].Do})
		if err != nil {
			return "", nil
		}
		return "application/json", body
	}
	handler := verifier.Middleware(v, verifier.MiddlewareConfig{Explain: explain})(http.NotFoundHandler())

	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer sks_58327482062864390")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 401 {"cause":"this is an identifier, not a token","do":"Send the id_token of the token endpoint's answer."}
}
