"""Fills a freshly provisioned Samba AD directory with the people of the tests.

usage: samba_people.py SMB_CONF PASSWORD
Everybody has the same password. Writes the directory's files themselves: nothing may be running.
"""

import sys
import time

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

SMB_CONF, PASSWORD = sys.argv[1:]
BASE = "DC=example,DC=test"
# Of userAccountControl.
DISABLED = 0x2
NORMAL = 0x200

lp = LoadParm()
lp.load(SMB_CONF)
samdb = SamDB(lp=lp, session_info=system_session(lp))


def windows_time(seconds):
    """Hundreds of nanoseconds since 1601."""
    return str((int(seconds) + 11644473600) * 10_000_000)


def change(dn, **values):
    message = ldb.Message(ldb.Dn(samdb, str(dn)))
    for name, value in values.items():
        name = name.replace("_", "-")
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    samdb.modify(message)


def dn_of(account):
    found = samdb.search(BASE, expression=f"(sAMAccountName={account})", attrs=["dn"])
    return str(found[0].dn)


def person(account, given, family, ou="OU=People", common_name=None, **values):
    common_name = common_name or f"{given} {family}"
    dn = ldb.Dn(samdb, f"{ou},{BASE}")
    dn.add_child(ldb.Dn(samdb, "CN=x"))
    dn.set_component(0, "CN", common_name)
    samdb.transaction_start()
    entry = {
        "dn": dn,
        "objectClass": "user",
        "sAMAccountName": account,
        "userAccountControl": str(NORMAL | DISABLED),
        "userPrincipalName": f"{account}@example.test",
        "givenName": given,
        "sn": family,
        "displayName": common_name,
        "mail": f"{account}@example.test",
    }
    entry.update({name.replace("_", "-"): value for name, value in values.items()})
    samdb.add(entry)
    samdb.setpassword(f"(sAMAccountName={account})", PASSWORD)
    samdb.enable_account(f"(sAMAccountName={account})")
    samdb.transaction_commit()
    return str(dn)


def organisational_unit(name, parent=None):
    dn = ldb.Dn(samdb, f"{parent},{BASE}" if parent else BASE)
    dn.add_child(ldb.Dn(samdb, "OU=x"))
    dn.set_component(0, "OU", name)
    samdb.add({"dn": dn, "objectClass": "organizationalUnit"})


def group(account, members, common_name=None):
    dn = ldb.Dn(samdb, f"OU=Groups,{BASE}")
    dn.add_child(ldb.Dn(samdb, "CN=x"))
    dn.set_component(0, "CN", common_name or account)
    samdb.add({"dn": dn, "objectClass": "group", "sAMAccountName": account})
    if members:
        change(dn, member=[dn_of(member) for member in members])


for name in ["People", "Groups", "Services"]:
    organisational_unit(name)
organisational_unit("Büro, Süd", "OU=People")

# Nobody is locked out by the wrong guesses of a test, except those for whom the policy below holds.
change(BASE, lockoutThreshold="0", maxPwdAge=str(-3650 * 86_400 * 10_000_000), minPwdAge="0", pwdHistoryLength="0")

person("alice", "Alice", "Example", title="Engineer", department="Rust", telephoneNumber="+49 30 1234")
person("bob", "Bob", "Builder", manager=dn_of("alice"))
person("jmueller", "Jürgen", "Müller", ou="OU=Büro\\, Süd,OU=People", common_name="Müller, Jürgen")
person("dora", "Dora", "Disabled")
person("erik", "Erik", "Expired")
person("mona", "Mona", "Mustchange")
person("petra", "Petra", "Passwordexpired")
person("lena", "Lena", "Locked")
person("otto", "Otto", "Often")
person("nina", "Nina", "Never", logonHours=b"\x00" * 21)
person("walt", "Walt", "Workstation", userWorkstations="ELSEWHERE")
person("svc-portico", "Portico", "Service", ou="OU=Services")
person("svc-chat", "Chat", "Service", ou="OU=Services", servicePrincipalName="HTTP/chat.example.test")

# Only AES keys: 8 = AES128, 16 = AES256. The keys are made when the password is set.
change(dn_of("svc-chat"), msDS_SupportedEncryptionTypes="24")
samdb.setpassword("(sAMAccountName=svc-chat)", PASSWORD)

group("Rust", ["alice", "jmueller"])
group("Engineers", ["Rust", "bob"])
group("Staff", ["Engineers"])
group("Team Gruen", ["jmueller"], common_name="Team, Grün")
group("Soon Expired", ["petra"])
group("Easily Locked", ["lena", "otto"])

FOREVER = str(-0x8000000000000000)


def password_policy(name, applies_to, guesses, max_age):
    samdb.add({
        "dn": f"CN={name},CN=Password Settings Container,CN=System,{BASE}",
        "objectClass": "msDS-PasswordSettings",
        "msDS-PasswordSettingsPrecedence": "10",
        "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
        "msDS-PasswordHistoryLength": "0",
        "msDS-PasswordComplexityEnabled": "FALSE",
        "msDS-MinimumPasswordLength": "7",
        "msDS-MinimumPasswordAge": "0",
        "msDS-MaximumPasswordAge": max_age,
        "msDS-LockoutThreshold": guesses,
        "msDS-LockoutObservationWindow": str(-30 * 60 * 10_000_000),
        "msDS-LockoutDuration": FOREVER,
        "msDS-PSOAppliesTo": dn_of(applies_to),
    })


# Three wrong guesses lock them out, until an administrator unlocks them.
password_policy("Three guesses", "Easily Locked", "3", FOREVER)
# A password lasts one second.
password_policy("Short-lived", "Soon Expired", "0", str(-10_000_000))

change(dn_of("dora"), userAccountControl=str(NORMAL | DISABLED))
change(dn_of("erik"), accountExpires=windows_time(time.time() - 86400))
change(dn_of("mona"), pwdLastSet="0")
change(dn_of("lena"), lockoutTime=windows_time(time.time()), badPwdCount="3")
