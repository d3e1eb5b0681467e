#!/usr/bin/env bash
# Guess: as Surefire does, PIT's Maven plugin starts its JVMs with the JDK that maven-toolchains-plugin selected.
# Found, with pitest-maven 1.30.2 and maven-toolchains-plugin 3.3.0: select-jdk-toolchain has no effect on PIT, whose JVMs are those that Maven runs on. If that is Java 17 and the classes are
# compiled for 25, PIT fails with an error that names neither Java. With -Djvm=JDK/bin/java it works.
#
# Needs Maven on a Java older than 25, and a JDK 25: in JAVA25_HOME, and found by toolchain discovery. Fails if the behaviour has changed.
set -euo pipefail
jdk=${JAVA25_HOME:?set JAVA25_HOME to a JDK 25}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/main/java/p" "$work/src/test/java/p"; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>mutants</artifactId><version>1</version>
  <properties><maven.compiler.release>25</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope></dependency></dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-toolchains-plugin</artifactId><version>3.3.0</version>
      <executions><execution><goals><goal>select-jdk-toolchain</goal></goals><configuration><version>[25,26)</version><useJdk>Never</useJdk></configuration></execution></executions></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
    <plugin><groupId>org.pitest</groupId><artifactId>pitest-maven</artifactId><version>1.30.2</version>
      <dependencies><dependency><groupId>org.pitest</groupId><artifactId>pitest-junit5-plugin</artifactId><version>1.2.3</version></dependency></dependencies></plugin>
  </plugins></build>
</project>
POM
echo 'package p; class Sum { static int of(int a, int b) { return a + b; } }' > src/main/java/p/Sum.java
cat > src/test/java/p/SumTest.java <<'JAVA'
package p;
class SumTest { @org.junit.jupiter.api.Test void adds() { org.junit.jupiter.api.Assertions.assertEquals(5, Sum.of(2, 3)); } }
JAVA
mvn --version | sed -n '1p;/Java version/p'
pit() { mvn -B test-compile org.pitest:pitest-maven:mutationCoverage "$@"; }
if pit > maven.log 2>&1; then echo "without -Djvm: passes: the behaviour has changed"; exit 1; fi
grep -q 'select-jdk-toolchain' maven.log && grep -o -m1 'Found matching JDK.*\|Selected toolchain.*' maven.log || true
grep -E -m1 -o 'Coverage generator Minion exited abnormally.*|UnsupportedClassVersionError.*' maven.log || { tail -n 30 maven.log; echo "without -Djvm it fails for another reason"; exit 1; }
echo "without -Djvm: fails"
pit "-Djvm=$jdk/bin/java" > jdk.log 2>&1 || { tail -n 30 jdk.log; echo "with -Djvm it should pass"; exit 1; }
grep -o 'Generated .* mutations Killed .*' jdk.log
