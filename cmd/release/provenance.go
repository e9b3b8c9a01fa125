package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// statementName is the name of the statement. It is not signed: the workflow that
// publishes a release signs it.
const statementName = "provenance.intoto.json"

// statement says from what and how files were made: an in-toto Statement v1 with
// SLSA provenance v1.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	BuildDefinition buildDefinition `json:"buildDefinition"`
	RunDetails      runDetails      `json:"runDetails"`
}

type buildDefinition struct {
	BuildType            string            `json:"buildType"`
	ExternalParameters   map[string]string `json:"externalParameters"`
	InternalParameters   map[string]string `json:"internalParameters"`
	ResolvedDependencies []dependency      `json:"resolvedDependencies"`
}

type dependency struct {
	URI    string            `json:"uri"`
	Digest map[string]string `json:"digest"`
}

type runDetails struct {
	Builder struct {
		ID string `json:"id"`
	} `json:"builder"`
}

// provenance writes the statement about the files of checksums.txt.
func (d dist) provenance() error {
	files, err := d.checksums()
	if err != nil {
		return err
	}
	s := statement{
		Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1",
		Predicate: predicate{BuildDefinition: buildDefinition{
			BuildType:          repository + "/blob/main/.goreleaser.yaml",
			ExternalParameters: map[string]string{"source": repository, "version": d.Version},
			InternalParameters: map[string]string{"go": runtime.Version()},
			ResolvedDependencies: []dependency{
				{URI: "git+" + repository, Digest: map[string]string{"gitCommit": d.Commit}},
			},
		}},
	}
	s.Predicate.RunDetails.Builder.ID = repository + "/blob/main/Makefile"
	for _, f := range files {
		s.Subject = append(s.Subject, subject{f.name, map[string]string{"sha256": f.digest}})
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(d.path(statementName), append(text, '\n'), 0o644)
}

// verify checks that the folder has the files of the statement, and that the
// statement is about each file of checksums.txt.
func (d dist) verify() error {
	text, err := os.ReadFile(d.path(statementName))
	if err != nil {
		return err
	}
	var s statement
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("%s: %w", statementName, err)
	}
	stated := make(map[string]bool)
	for _, sub := range s.Subject {
		got, err := d.digest(sub.Name)
		if err != nil {
			return err
		}
		if want := sub.Digest["sha256"]; got != want {
			return fmt.Errorf("%s has the digest %s, and %s says %s", sub.Name, got, statementName, want)
		}
		stated[sub.Name] = true
	}
	files, err := d.checksums()
	if err != nil {
		return err
	}
	for _, f := range files {
		if !stated[f.name] {
			return fmt.Errorf("%s says nothing about %s", statementName, f.name)
		}
	}
	if len(stated) == 0 {
		return fmt.Errorf("%s is about no file", statementName)
	}
	return nil
}
