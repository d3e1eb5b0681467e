#!/usr/bin/env bash
# Guess: PIT runs the tests with the JDK of the toolchain, as Surefire does; where it cannot run them, it fails.
# Found, with pitest-maven 1.30.2, pitest-junit5-plugin 1.2.3 and maven-toolchains-plugin 3.3.0: if the toolchain is chosen by select-jdk-toolchain, PIT runs the tests with Maven's own Java.
# If that is older than the classes, no test can be loaded. The build then succeeds, without a warning, with a mutation score of 0 %. `-Djvm=` on the command line changes nothing, because the
# parameter has no user property. With Maven on the newer JDK, the same test kills both mutants.
#
# Needs Maven on a Java older than 25, and a JDK 25 that toolchain discovery finds. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/main/java/example" "$work/src/test/java/example"; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>score</artifactId><version>1</version>
  <properties><maven.compiler.release>25</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope></dependency></dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-toolchains-plugin</artifactId><version>3.3.0</version>
      <executions><execution><goals><goal>select-jdk-toolchain</goal></goals><configuration><version>[25,26)</version></configuration></execution></executions></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.5.6</version></plugin>
    <plugin><groupId>org.pitest</groupId><artifactId>pitest-maven</artifactId><version>1.30.2</version>
      <dependencies><dependency><groupId>org.pitest</groupId><artifactId>pitest-junit5-plugin</artifactId><version>1.2.3</version></dependency></dependencies></plugin>
  </plugins></build>
</project>
POM
echo 'package example; public class Twice { public static int of(int x) { return 2 * x; } }' > src/main/java/example/Twice.java
cat > src/test/java/example/TwiceTest.java <<'JAVA'
package example;
class TwiceTest { @org.junit.jupiter.api.Test void ofThree() { org.junit.jupiter.api.Assertions.assertEquals(6, Twice.of(3)); } }
JAVA
mvn --version | sed -n '1p;/Java version/p'
mvn -B test > test.log 2>&1 || { cat test.log; echo "Surefire should pass"; exit 1; }
jdk=$(sed -n 's/.*Selected JDK toolchain: JDK\[\(.*\)\].*/\1/p' test.log); version=$("$jdk/bin/java" -version 2>&1 | sed -n 1p)
echo "Surefire, with the toolchain's $version: passes"
score() { sed -n 's/^>> \(Generated .*\)/\1/p' "$1" | tail -n 1; }
mutate() { mvn -B test-compile org.pitest:pitest-maven:mutationCoverage "${@:2}" > "$1" 2>&1 || { cat "$1"; echo "the build should succeed"; exit 1; }; }
mutate own.log; mutate told.log "-Djvm=$jdk/bin/java"
export JAVA_HOME="$jdk"; mutate newer.log
echo "PIT, Maven on its own Java:    $(score own.log)"
echo "PIT, with -Djvm:               $(score told.log)"
echo "PIT, Maven on the newer JDK:   $(score newer.log)"
for log in own told; do
  [ "$(score $log.log)" = "Generated 2 mutations Killed 0 (0%)" ] && ! grep -qi 'warn.*more recent' $log.log || { echo "the behaviour has changed"; exit 1; }
done
[ "$(score newer.log)" = "Generated 2 mutations Killed 2 (100%)" ] || { echo "the test should kill both mutants"; exit 1; }
