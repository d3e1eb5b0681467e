#!/usr/bin/env bash
# Guess: an archive of classes that the JVM writes at exit (JEP 350) holds all classes that a program loaded from its jars, so that a command line with picocli starts sooner by what they cost.
# Found, with JDK 25.0.3 and picocli 4.7.7: of 165 classes of picocli it leaves out 128, all that are of use: its class files are of Java 5 (version 49), and a class older than Java 6 is left out once it was linked,
# with a warning for each; java exits with 0. An archive made from a list of classes by -Xshare:dump (JEP 310) holds them all.
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
"$java/java" -XX:DumpLoadedClassList=classes.list "${hello[@]}" > list.log 2>&1
"$java/java" -Xshare:dump -XX:SharedClassListFile=classes.list -XX:SharedArchiveFile=list.jsa -cp hello.jar:picocli.jar > dump.log 2>&1
count() { # ARCHIVE: how many classes of picocli come from it, and how many from the jar
  "$java/java" -XX:SharedArchiveFile="$1" -Xlog:class+load "${hello[@]}" > loaded.log
  archived=$(grep -c '^.* picocli\..*source: shared objects file' loaded.log || true)
  loaded=$(grep -c '^.* picocli\..*source: .*picocli.jar' loaded.log || true)
  echo "$1: of picocli's classes $archived come from the archive, $loaded from the jar; Hello from $(grep -o ' Hello source: .*' loaded.log | grep -q shared && echo 'the archive' || echo 'the jar')"
}
count exit.jsa
[ "$archived" -lt 60 ] && [ "$loaded" -gt 100 ] && grep -q 'Skipping picocli/CommandLine: Old class has been linked' exit.log || { tail exit.log; echo "the behaviour has changed"; exit 1; }
count list.jsa
[ "$loaded" = 0 ] && [ "$archived" -gt 50 ] || { tail dump.log; echo "the behaviour has changed"; exit 1; }
