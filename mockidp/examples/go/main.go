// Command go is a web application that signs its users in with Scalekit and
// passes them on to Char. It shows the whole of it in one small program: PKCE,
// state and nonce, verified ID Tokens, refresh tokens in an encrypted store on
// the server, cookies that scripts cannot read, a refresh before the tokens
// expire, a switch of the organization, and a logout at the provider.
//
// It reads what assay up --env-file writes.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context) error {
	cfg, err := configFromEnvironment()
	if err != nil {
		return err
	}
	app, err := newApp(cfg)
	if err != nil {
		return err
	}
	defer app.close()
	server := &http.Server{Addr: cfg.addr, Handler: app.routes(), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	log.Printf("sign in at %s", cfg.url)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// config is what the application has to know. Everything but the key comes from
// the dashboards of Scalekit and Char.
type config struct {
	addr, url        string // where it listens, and what browsers call it
	issuer           string
	clientID, secret string
	charBase         string
	sessions         string // the folder of the session store
	key              []byte // encrypts the session store
	loopbackHTTP     bool   // the issuer may be a mock, at http:// on this machine
}

func configFromEnvironment() (config, error) {
	port := cmp.Or(os.Getenv("PORT"), "3000")
	cfg := config{
		addr: "127.0.0.1:" + port, url: "http://localhost:" + port,
		issuer: os.Getenv("SCALEKIT_ENVIRONMENT_URL"), clientID: os.Getenv("SCALEKIT_CLIENT_ID"),
		secret: os.Getenv("SCALEKIT_CLIENT_SECRET"), charBase: os.Getenv("CHAR_API_BASE"),
		sessions: cmp.Or(os.Getenv("SESSION_DIR"), "sessions"), loopbackHTTP: true,
	}
	for _, v := range []struct{ name, value string }{
		{"SCALEKIT_ENVIRONMENT_URL", cfg.issuer}, {"SCALEKIT_CLIENT_ID", cfg.clientID}, {"SCALEKIT_CLIENT_SECRET", cfg.secret}, {"CHAR_API_BASE", cfg.charBase},
	} {
		if v.value == "" {
			return config{}, fmt.Errorf("%s is not set: assay up --env-file .env writes it, and set -a; . ./.env reads it", v.name)
		}
	}
	// Without a key of its own the application forgets its sessions when it ends.
	cfg.key = make([]byte, 32)
	_, _ = rand.Read(cfg.key) // never fails
	if text := os.Getenv("SESSION_KEY"); text != "" {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != 32 {
			return config{}, errors.New("SESSION_KEY is not 32 bytes in base64: openssl rand -base64 32 makes one")
		}
		cfg.key = key
	}
	return cfg, nil
}
