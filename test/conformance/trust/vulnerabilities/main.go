// Writes a database of vulnerabilities as Trivy downloads it, with advisories that nobody has published: this is what lets a
// real Trivy find something without the network. Format: github.com/aquasecurity/trivy-db, schema version 2 (pkg/db).
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
)

const platform = "alpine 3.20"

type advisory struct{ pkg, id, severity, fixed string }

var advisories = []advisory{
	{"lab-tls", "CVE-2099-0001", "CRITICAL", "2.0.0-r0"},
	{"lab-tls", "CVE-2099-0002", "HIGH", "2.0.0-r0"},
	{"lab-zip", "CVE-2099-0003", "HIGH", "1.1.0-r0"},
	{"lab-zip", "CVE-2099-0004", "LOW", "1.1.0-r0"},
}

func main() {
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(cache string) error {
	folder := filepath.Join(cache, "db")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	db, err := bolt.Open(filepath.Join(folder, "trivy.db"), 0o644, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		source := map[string]string{"ID": "alpine", "Name": "Alpine Secdb", "URL": "https://secdb.alpinelinux.org/"}
		if err := put(tx, source, "data-source", platform); err != nil {
			return err
		}
		for _, one := range advisories {
			if err := put(tx, map[string]string{"FixedVersion": one.fixed}, platform, one.pkg, one.id); err != nil {
				return err
			}
			details := map[string]any{"Title": "Made up | for <tests>", "Severity": one.severity}
			if err := put(tx, details, "vulnerability", one.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	metadata, err := json.Marshal(map[string]any{
		"Version": 2, "UpdatedAt": now, "DownloadedAt": now, "NextUpdate": now.AddDate(1, 0, 0),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "metadata.json"), metadata, 0o644)
}

// put stores a value as JSON; the last name of the path is its key, the ones before are buckets.
func put(tx *bolt.Tx, value any, path ...string) error {
	bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1 : len(path)-1] {
		if err != nil {
			return err
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return bucket.Put([]byte(path[len(path)-1]), text)
}
