"""The program under test as the tests in Python run it: a command (wine.sh cmgmon.exe), or just the program."""
import os
import signal


class Program:
    def __init__(self, command):
        self.command = [command] if isinstance(command, str) else list(command)
        self.wine = any("wine" in os.path.basename(part) for part in self.command)
        # An operator's way to end it. Wine makes Ctrl-C of SIGINT; SIGTERM ends a program of Windows at once.
        self.stop_signal = signal.SIGINT if self.wine else signal.SIGTERM

    def native(self, path):
        """As the program names it: under Wine, our root is drive Z."""
        return "Z:" + path.replace("/", "\\") if self.wine else path
