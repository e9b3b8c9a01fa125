package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/refresh"
)

func ExampleClient_Current() {
	dir, err := os.MkdirTemp("", "sessions")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	sealer, err := refresh.NewSealer(make([]byte, refresh.KeyBytes)) // a key of yours
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := refresh.OpenFileStore(filepath.Join(dir, "sessions"), sealer)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := verifier.New(verifier.Config{
		Issuer: "https://acme.scalekit.com", Audience: []string{"skc_58327482062864390"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer v.Close()
	client, err := refresh.New(refresh.Config{
		Verifier: v, Issuer: "https://acme.scalekit.com",
		ClientID: "skc_58327482062864390", ClientSecret: "test_…",
		Store: store,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_, err = client.Current(context.Background(), "the ID from the cookie")
	switch {
	case errors.Is(err, refresh.ErrNotFound), errors.Is(err, refresh.ErrSignInRequired):
		fmt.Println("sign in")
	case err != nil:
		fmt.Println("try again later")
	default:
		fmt.Println("welcome back")
	}
	// Output: sign in
}

func ExampleStateCookie() {
	fmt.Println(refresh.StateCookie("state", "af0ifjsldkj"))
	// Output: __Host-state=af0ifjsldkj; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
}
