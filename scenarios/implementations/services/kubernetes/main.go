// Command kubernetes is a service that lets the OIDC authenticator of the
// Kubernetes API server, set up as a cluster sets it up, judge Bearer tokens. It
// answers with the name of the user and 200, or with 401.
//
// It reads ISSUER, CLIENT_ID, PORT and CA_FILE from its environment. The issuer
// must be at https.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	token, err := newAuthenticator(ctx)
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           handler{token: token, request: bearertoken.New(token)},
		ReadHeaderTimeout: 10 * time.Second,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ca is the certificate of the authority that the issuer's is from, in PEM.
type ca []byte

func (c ca) CurrentCABundleContent() []byte { return c }

// newAuthenticator returns what a cluster makes of --oidc-issuer-url,
// --oidc-client-id and --oidc-ca-file: the user is the subject.
func newAuthenticator(ctx context.Context) (oidc.AuthenticatorTokenWithHealthCheck, error) {
	pem, err := os.ReadFile(os.Getenv("CA_FILE"))
	if err != nil {
		return nil, err
	}
	prefix := ""
	return oidc.New(ctx, oidc.Options{
		CAContentProvider: ca(pem),
		JWTAuthenticator: apiserver.JWTAuthenticator{
			Issuer:        apiserver.Issuer{URL: os.Getenv("ISSUER"), Audiences: []string{os.Getenv("CLIENT_ID")}},
			ClaimMappings: apiserver.ClaimMappings{Username: apiserver.PrefixedClaimOrExpression{Claim: "sub", Prefix: &prefix}},
		},
	})
}

type handler struct {
	token   oidc.AuthenticatorTokenWithHealthCheck
	request authenticator.Request
}

// startLimit is how long a request waits for the provider metadata. They are
// fetched when the service starts, and again after 10 s if that fails; until
// then every token is refused.
const startLimit = 2 * time.Second

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for deadline := time.Now().Add(startLimit); h.token.HealthCheck() != nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	answer, ok, err := h.request.AuthenticateRequest(r)
	if err != nil || !ok {
		log.Printf("refused: %v", err)
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]string{"sub": answer.User.GetName()}); err != nil {
		log.Print(err)
	}
}
