package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMetricsAreServedUntilTheEnd(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	s, err := (&app{stderr: &said}).serveMetrics(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(said.String(), "metrics: "))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil || !bytes.Contains(text, []byte("assay_load_in_flight 0")) {
		t.Errorf("%s has %q, %v, want the metrics", url, text, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := client.Get(url); err == nil {
		t.Error("the metrics are served after the end")
	}
}
