#!/usr/bin/env bash
# Guess: an archive of classes (JEP 310, JEP 350) holds all classes that a program loads from its jars, those of a command line with picocli too; at least one made with -Xshare:dump, which keeps old class files since JDK 17 (JDK-8261090).
# Found, with JDK 25.0.3 and picocli 4.7.7: of 165 classes of picocli, 128 are missing from an archive made at exit, and 126 from one made with -Xshare:dump, among them CommandLine itself. Its class files are of Java 5 (version 49),
# and a class older than Java 6 is left out once it was linked, with a warning for each. java exits with 0.
#
# Needs a JDK 25 (JAVA25_HOME, or JAVA_HOME), curl and Maven Central. Fails if the behaviour has changed.
set -euo pipefail
java=${JAVA25_HOME:-${JAVA_HOME:?set JAVA25_HOME to a JDK 25}}/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS
"$java/java" -version 2>&1 | sed -n 2p
curl -sSfLo picocli.jar https://repo.maven.apache.org/maven2/info/picocli/picocli/4.7.7/picocli-4.7.7.jar
"$java/javap" -v -cp picocli.jar picocli.CommandLine | sed -n 's/^ *major version: */picocli 4.7.7: class files of version /p'
cat > Hello.java <<'J'
import picocli.CommandLine;
import picocli.CommandLine.*;
@Command(name = "hello") class Hello implements Runnable {
    @Option(names = "--name") String name;
    public void run() { System.out.println("hello " + name); }
    public static void main(String[] args) { System.exit(new CommandLine(new Hello()).execute(args)); }
}
J
"$java/javac" -proc:none -cp picocli.jar Hello.java; "$java/jar" cf hello.jar Hello.class
hello=(-cp hello.jar:picocli.jar Hello --name World)
"$java/java" -XX:ArchiveClassesAtExit=exit.jsa "${hello[@]}" > exit.log 2>&1
"$java/java" -XX:DumpLoadedClassList=classes.list "${hello[@]}" > /dev/null
"$java/java" -Xshare:dump -XX:SharedClassListFile=classes.list -XX:SharedArchiveFile=list.jsa -cp hello.jar:picocli.jar > list.log 2>&1
count() { # ARCHIVE: how many classes of picocli come from it, and how many from the jar
  "$java/java" -XX:SharedArchiveFile="$1" -Xlog:class+load "${hello[@]}" > loaded.log
  archived=$(grep -c '^.* picocli\..*source: shared objects file' loaded.log || true)
  loaded=$(grep -c '^.* picocli\..*source: .*picocli.jar' loaded.log || true)
  echo "$1: of picocli's classes $archived come from the archive, $loaded from the jar; Hello from $(grep -o ' Hello source: .*' loaded.log | grep -q shared && echo 'the archive' || echo 'the jar')"
}
for archive in exit list; do
  count $archive.jsa
  [ "$archived" -lt 60 ] && [ "$loaded" -gt 100 ] && grep -q 'Skipping picocli/CommandLine: Old class has been linked' $archive.log || { tail $archive.log; echo "the behaviour has changed"; exit 1; }
done
