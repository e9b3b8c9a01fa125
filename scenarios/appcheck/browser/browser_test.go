package browser_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// TestTab needs a browser, which make e2e-app-check demands.
func TestTab(t *testing.T) {
	if os.Getenv("ASSAY_APP_CHECK") == "" {
		t.Skip("it starts Chromium: make e2e-app-check runs it")
	}
	path, err := browser.Find()
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-a", Value: "1", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		_, _ = w.Write([]byte(`<title>One</title><form action="/two"><label>Your name <input name=n></label> <button>Sign  in</button></form>
			<script>localStorage.l = "x"; sessionStorage.s = "y"</script>`))
	})
	mux.HandleFunc("/two", func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("__Host-a")
		if err != nil || r.URL.Query().Get("n") != "ann" {
			http.Error(w, "no cookie", http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`<meta http-equiv=refresh content="0; url=/three#f"><p>` + c.Value))
	})
	mux.HandleFunc("/three", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<p id=end>Hello <b>there</b>")) })
	mux.Handle("/away", http.RedirectHandler("https://nowhere.invalid/", http.StatusSeeOther))
	mux.HandleFunc("/refused", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		mux.ServeHTTP(w, r)
	}))
	defer server.Close()
	ctx := t.Context()
	b, err := browser.Start(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	tab, err := b.NewTab(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.Open(ctx, server.URL); err != nil {
		t.Fatal(err)
	}
	page, err := tab.Page(ctx)
	if err != nil || page.Title != "One" || page.Cookie != "b=2" || page.Local["l"] != "x" || page.Session["s"] != "y" {
		t.Errorf("the page is %+v, %v", page, err)
	}
	if found, err := tab.Click(ctx, "Sign out"); found || err != nil {
		t.Errorf("Click of what is not there = %v, %v", found, err)
	}
	if found, err := tab.Fill(ctx, "your name", "ann"); !found || err != nil {
		t.Errorf("Fill = %v, %v", found, err)
	}
	if found, err := tab.Click(ctx, "Log in|sign in"); !found || err != nil {
		t.Errorf("Click = %v, %v", found, err)
	}
	if err := tab.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"hello there", "css:#end"} {
		if shows, err := tab.Shows(ctx, what); !shows || err != nil {
			t.Errorf("Shows(%q) = %v, %v", what, shows, err)
		}
	}
	requests := tab.Requests()
	if last := requests[len(requests)-1]; last.URL != server.URL+"/three#f" || !last.Page {
		t.Errorf("the requests are %+v", requests)
	}
	cookies, err := tab.Cookies(ctx)
	if err != nil || len(cookies) != 2 {
		t.Fatalf("the cookies are %+v, %v", cookies, err)
	}
	other, err := b.NewTab(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SetCookies(ctx, cookies); err != nil {
		t.Fatal(err)
	}
	if got, err := other.Cookies(ctx); err != nil || len(got) != 2 {
		t.Errorf("the copied cookies are %+v, %v, want %+v", got, err, cookies)
	}
	if err := other.Open(ctx, server.URL+"/away"); !errors.Is(err, browser.ErrLoad) {
		t.Errorf("a redirect to nowhere: %v, want ErrLoad", err)
	} else if last := other.Requests(); last[len(last)-1].URL != "https://nowhere.invalid/" {
		t.Errorf("the requests are %+v", last)
	}
	if err := other.Open(ctx, server.URL+"/refused?code=1"); err != nil {
		t.Errorf("an error without content: %v", err)
	}
	began := time.Now()
	b.Close()
	if time.Since(began) > 5*time.Second {
		t.Errorf("closing took %v", time.Since(began))
	}
	if err := tab.Open(ctx, server.URL); err == nil {
		t.Error("a closed browser opens pages")
	}
}
