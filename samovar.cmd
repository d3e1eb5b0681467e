@echo off
rem Starts Samovar from its unpacked archive on Windows: finds a JDK 25.0.3 or newer, and runs it with the modules it needs.
rem SAMOVAR_JAVA_HOME chooses the JDK, SAMOVAR_JAVA_OPTS adds JVM options (-Xmx8g ...).
setlocal EnableExtensions DisableDelayedExpansion
set "home=%~dp0"
if not exist "%home%lib\samovar-cli.jar" (
  echo samovar: %home%lib is not there; unpack samovar-VERSION.zip and start samovar.cmd in it. 1>&2
  exit /b 3
)
set "jdk="
set "seen="
for %%d in ("%SAMOVAR_JAVA_HOME%" "%JAVA_HOME%" "%JAVA25_HOME%") do call :try "%%~d"
for /d %%d in ("%ProgramFiles%\Eclipse Adoptium\jdk-25*" "%ProgramFiles%\Java\jdk-25*" "%ProgramFiles%\Microsoft\jdk-25*" "%ProgramFiles%\Zulu\zulu-25*" "%ProgramFiles%\Amazon Corretto\jdk25*" "%LOCALAPPDATA%\Programs\Eclipse Adoptium\jdk-25*" "%USERPROFILE%\.jdks\*25*") do call :try "%%~d"
for /f "delims=" %%j in ('where java 2^>nul') do for %%b in ("%%~dpj..") do call :try "%%~fb"
if not defined jdk (
  echo samovar: needs a JDK 25.0.3 or newer ^(25.x^) and found %seen%none that fits; please install one ^(https://adoptium.net^) or set SAMOVAR_JAVA_HOME. 1>&2
  exit /b 3
)
set "gc=-XX:+UseSerialGC"
for %%o in (%SAMOVAR_JAVA_OPTS%) do call :collector "%%~o"
if /i "%~1"=="example" goto example
"%jdk%\bin\java" %SAMOVAR_JAVA_OPTS% --add-modules jdk.incubator.vector %gc% -p "%home%lib" --enable-native-access=dev.samovar.cuda,jcuda,jcublas,jcudnn -m dev.samovar.cli/dev.samovar.cli.Main %*
exit /b %errorlevel%

:example
shift
set "args="
:more
if "%~1"=="" goto start
set args=%args% "%~1"
shift
goto more
:start
"%jdk%\bin\java" %SAMOVAR_JAVA_OPTS% --add-modules jdk.incubator.vector -cp "%home%lib\*" --enable-native-access=ALL-UNNAMED %args%
exit /b %errorlevel%

rem Uses the collector that SAMOVAR_JAVA_OPTS chooses, if it chooses one.
:collector
set "option=%~1"
if "%option:~0,8%"=="-XX:+Use" if "%option:~-2%"=="GC" set "gc=-Xshare:auto"
exit /b 0

rem Takes a folder as the JDK if none was found yet and its file `release` says 25.0.3 or newer. No JVM is started.
:try
if defined jdk exit /b 0
if "%~1"=="" exit /b 0
if not exist "%~1\bin\java.exe" exit /b 0
if not exist "%~1\release" exit /b 0
set "version="
for /f "usebackq tokens=1,2 delims==" %%k in ("%~1\release") do if "%%k"=="JAVA_VERSION" set "version=%%~l"
for /f "tokens=1-3 delims=." %%a in ("%version%.0.0") do (
  if %%a equ 25 if %%b gtr 0 set "jdk=%~1"
  if %%a equ 25 if %%b equ 0 if %%c geq 3 set "jdk=%~1"
)
if not defined jdk set "seen=%seen%%version% at %~1, "
exit /b 0
