#!/usr/bin/env bash
# Guess: where a test class needs something that is not there, it makes no difference whether @BeforeAll or @BeforeEach says so by an assumption: Surefire reports its tests as skipped, with the reason.
# Found, with maven-surefire-plugin 3.5.6 and JUnit 5.14.4: after an assumption in @BeforeAll, the class has run 0 tests and skipped 0. Neither the log nor the XML report has a trace of its tests
# or of the reason, and the build succeeds, even if there is no other test. With @BeforeEach, or with @DisabledIf at the class, every test is reported as skipped, with the reason.
#
# Needs Maven. Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src/test/java"; cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>assumptions</artifactId><version>1</version>
  <properties><maven.compiler.release>17</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.14.4</version><scope>test</scope></dependency></dependencies>
  <build><plugins>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-resources-plugin</artifactId><version>3.5.0</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-compiler-plugin</artifactId><version>3.16.0</version></plugin>
    <plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId><version>3.5.6</version></plugin>
  </plugins></build>
</project>
POM
class() { # NAME, WHAT STANDS BEFORE THE CLASS, WHAT STANDS IN IT
  echo "import org.junit.jupiter.api.*; import org.junit.jupiter.api.condition.*; $2 class $1 { $3 @Test void one() {} @Test void two() {} }" > "src/test/java/$1.java"
}
class AllTest '' '@BeforeAll static void needed() { Assumptions.assumeTrue(false, "no database"); }'
class EachTest '' '@BeforeEach void needed() { Assumptions.assumeTrue(false, "no database"); }'
class DisabledTest '@DisabledIf(value = "missing", disabledReason = "no database")' 'static boolean missing() { return true; }'
mvn -B --version | sed -n '1p;/Java version/p'
for name in AllTest EachTest DisabledTest; do
  mvn -B test "-Dtest=$name" > log 2>&1 || { cat log; echo "$name: the build fails: the behaviour has changed"; exit 1; }
  report=target/surefire-reports/TEST-$name.xml
  echo "$name: BUILD SUCCESS; $(grep -o -m1 'Tests run: [0-9]*' log), $(grep -o -m1 'Skipped: [0-9]*' log); in the report $(grep -c '<testcase' "$report" || true) tests, the reason $(grep -c 'no database' "$report" || true) times"
done > found
cat found
diff found - <<'EXPECTED' || { echo "the behaviour has changed"; exit 1; }
AllTest: BUILD SUCCESS; Tests run: 0, Skipped: 0; in the report 0 tests, the reason 0 times
EachTest: BUILD SUCCESS; Tests run: 2, Skipped: 2; in the report 2 tests, the reason 2 times
DisabledTest: BUILD SUCCESS; Tests run: 2, Skipped: 2; in the report 2 tests, the reason 2 times
EXPECTED
