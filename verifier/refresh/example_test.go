package refresh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

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

func ExampleSessionCookie() {
	now := time.Unix(1_800_000_000, 0)
	fmt.Println(refresh.SessionCookie("session", "5fGq", now.Add(time.Hour), now))
	// Output: __Host-session=5fGq; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict
}

// The key is replaced: old files can still be read, and are sealed again.
func ExampleFileStore_Reseal() {
	dir, err := os.MkdirTemp("", "sessions")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	oldKey, newKey := bytes.Repeat([]byte{1}, refresh.KeyBytes), bytes.Repeat([]byte{2}, refresh.KeyBytes) // keys of yours
	ctx, dir := context.Background(), filepath.Join(dir, "sessions")
	open := func(key []byte, older ...[]byte) *refresh.FileStore {
		sealer, err := refresh.NewSealer(key, older...)
		if err != nil {
			panic(err)
		}
		store, err := refresh.OpenFileStore(dir, sealer)
		if err != nil {
			panic(err)
		}
		return store
	}
	if err := open(oldKey).Save(ctx, &refresh.Session{ID: "5fGq", RefreshToken: "rt_1"}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(open(newKey, oldKey).Reseal(ctx))
	_, err = open(newKey).Load(ctx, "5fGq")
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// <nil>
}
