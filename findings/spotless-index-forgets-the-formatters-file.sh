#!/usr/bin/env bash
# Guess: spotless-maven-plugin discards its index of clean files when the formatter's settings change, so `check` has the same result with it and without it.
# Found, with spotless-maven-plugin 3.11.0 and Eclipse JDT 4.41: the index depends on the plugin's configuration in the POM, which names the settings file, but not on the content of that file.
# After a change of the settings, `check` passes and `apply` changes nothing for every file that has not been modified since. A fresh clone, which has no index, fails.
#
# Needs Maven and Java 17 or newer. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/main/java"; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>index</artifactId><version>1</version>
  <build><plugins><plugin><groupId>com.diffplug.spotless</groupId><artifactId>spotless-maven-plugin</artifactId><version>3.11.0</version>
    <configuration><java><eclipse><version>4.41</version><file>${project.basedir}/formatter.xml</file></eclipse></java></configuration></plugin></plugins></build>
</project>
POM
cat > formatter.xml <<'XML'
<profiles version="23"><profile kind="CodeFormatterProfile" name="example" version="23">
  <setting id="org.eclipse.jdt.core.formatter.tabulation.char" value="space"/><setting id="org.eclipse.jdt.core.formatter.tabulation.size" value="4"/>
</profile></profiles>
XML
printf 'class Example {\n    int one;\n}\n' > src/main/java/Example.java
mvn -B -q spotless:apply
sed -i 's/size" value="4"/size" value="8"/' formatter.xml
if mvn -B spotless:check > indexed.log 2>&1; then echo "4 columns became 8 in the settings: check passes, with its index"
else grep -m1 'format violations' indexed.log; echo "check fails with its index: the behaviour has changed"; exit 1; fi
rm target/spotless-index
if mvn -B spotless:check > afresh.log 2>&1; then echo "check passes without its index, too: this script no longer shows the difference"; exit 1; fi
grep -m1 -o 'had format violations' afresh.log || { tail afresh.log; echo "it fails for another reason"; exit 1; }
echo "the same check without the index: the file does not match the settings"
