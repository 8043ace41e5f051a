# Every message and every page in every language, from the templates that come
# with ordersave, to a file.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {
    follow_up => {cancelled => {sms => JSON::PP::true, next_order => 'NEXT5',
                                next_order_percent => '5',
                                reorder_url => '/again'}},
    refund => {by => 'task', way => 'to your card', time => '5 days'},
})->start(no_worker => 1);

$t->configure(share => $t->{share});
$t->start_worker;

my @mails = qw(cancelled applied refused paid refunded support_request
               support_refund support_refused support_task support_score
               support_answer);
my @pages = qw(offer kept asked expired unknown score reason thanks);
my $file = $t->path('out');

sub render {
    my ($name, $locale, $kind) = @_;
    unlink $file;
    my ($rc, $out, $err) = $t->ctl('render', $name, '-l', $locale, '-k', $kind,
                                   '-o', $file);
    diag $err if $rc;
    return $rc ? '' : $t->read('out');
}

for my $locale (qw(en id ko fr)) {
    my @bad;
    my %text;

    for my $name (@mails) {
        my $mail = render($name, $locale, 'mail');
        push @bad, "$name: no subject" if $mail !~ /\ASubject: \S/;
        push @bad, "$name: a tag is left" if $mail =~ /\{\{|\}\}/;
        my $html = render($name, $locale, 'html');
        # support reads the shop's first language
        my $lang = $name =~ /^support/ ? 'en' : $locale;
        push @bad, "$name: not in $lang" if $html !~ /<html lang="$lang"/;
        $text{$name} = $mail;
    }

    for my $name (@pages) {
        my $html = render($name, $locale, 'html');
        push @bad, "$name: not in $locale" if $html !~ /<html lang="$locale"/;
        push @bad, "$name: a tag is left" if $html =~ /\{\{/;
    }

    my $sms = render('cancelled', $locale, 'sms');
    push @bad, 'no SMS' if length $sms < 20;
    push @bad, 'an SMS without a short link' if $sms !~ m{ https?://[^/ ]+/ordersave/o/[\w-]{14} };
    push @bad, 'the mail of a cancel has no score'
        if $text{cancelled} !~ m{/ordersave/score/k1\.};
    push @bad, 'nor a coupon' if $text{cancelled} !~ /NEXT5/;
    push @bad, 'the offer has no pay link' if $text{applied} !~ m{/pay/1042};

    push @bad, 'a reason is told by its id'
        if $text{support_task} !~ /^Reason given: The total cost is too high$/m;

    # a colon has a space before it in French, that no line breaks at
    my $colon = $locale eq 'fr' ? "\xc2\xa0:" : ':';
    push @bad, 'a colon as elsewhere'
        if $text{applied} !~ /^[^:]*[^: \xa0]$colon \S*45[.,]40/m;

    is join("\n", @bad), '', "all of it in $locale";
}

# and through the worker, to a real inbox
my $o = $t->buy(customer => 'camille', locale => 'fr');
$t->accept($o);
my ($mail) = $t->mails(1, to => $t->record($o)->{email});
ok $mail, 'a mail in the shop\'s words';
like $mail->{html}, qr/<html lang="fr"/, 'in the order\'s language';
like $mail->{text}, qr/pay_for_order/, 'with the pay link';
is((grep { $_->[0] eq 'Content-Language' } @{$mail->{headers}})[0][1], 'fr',
   'and says so');

is +($t->ctl('render', 'nonsense'))[0], 2, 'what is neither is wrong usage';

$t->stop;
done_testing;
